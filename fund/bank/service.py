"""What the bank room does with files: read one, show it, take it in."""

import json
from collections.abc import Iterator

from fund import clock
from fund.bank.importers import registry
from fund.bank.importers.protocol import StatementFile, StatementLine


def read_statement(content: bytes, name: str, bank: str | None = None) -> StatementFile:
    """The statement in a file, proved whole; changes nothing. `bank` names an importer or a bank."""
    return registry.read(content, name, today=clock.today(), bank=bank)


def as_json_lines(statement: StatementFile) -> Iterator[str]:
    """One JSON object a line of the statement, in file order; amounts in satang."""
    for line in statement.lines:
        yield json.dumps(_as_json(line), ensure_ascii=False)


def _as_json(line: StatementLine) -> dict[str, object]:
    return {
        "date": line.occurred_on.isoformat(),
        "time": line.time.isoformat() if line.time else None,
        "amount_satang": line.amount_satang,
        "balance_satang": line.balance_satang,
        "text": line.text,
        "references": list(line.references),
        "bank_id": line.bank_id or None,
    }
