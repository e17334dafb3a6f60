"""Writes statement files in the banks' real structures, for the demonstration and the tests.

Knows the formats that the importers read. The same lines give the same bytes. Refuses nothing: it checks no totals,
it makes them.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import accumulate
from typing import Final
from xml.sax.saxutils import escape

from fund.bank.importers.protocol import BUDDHIST_ERA
from ledger.money import format_baht, format_plain_baht

_MONTHS: Final = ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."]
_HEADINGS: Final = (
    "วันที่ทำรายการ", "เวลา", "รายการ", "เลขที่เช็ค", "จำนวนเงินหักบัญชี", "จำนวนเงินนำฝากเข้าบัญชี",
    "ยอดคงเหลือ", "หมายเลข", "สาขา", "วันที่รายการมีผล", "ช่องทาง", "รายละเอียด",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SampleLine:
    """A line to be written; `amount_satang` is + into the account. KBank prints `kind` and `detail`, camt `detail`."""

    occurred_on: date
    amount_satang: int
    detail: str = ""
    time: time = time(9, 0)
    kind: str = "รับโอนเงิน"
    bank_id: str = ""
    channel: str = "K PLUS"
    cheque: str = ""
    references: tuple[str, ...] = ()  # camt: the first is the end-to-end reference
    payer: str = ""  # camt only; KBank has it in `detail`


def bill_payment_detail(*references: str) -> str:
    """What KBank prints beside a bill payment with these references."""
    return f"รหัสอ้างอิง {', '.join(references)}"


def kbank_corporate_csv(
    account: str,
    lines: Sequence[SampleLine],
    *,
    opening_satang: int,
    from_on: date,
    to_on: date,
    account_name: str = "กองทุนตัวอย่าง",
    encoding: str = "cp874",
) -> bytes:
    """KBank's statement for companies as CSV: counts and totals, headings, lines, footer."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    balances = list(accumulate((line.amount_satang for line in lines), initial=opening_satang))[1:]
    writer.writerows(_preamble(account, lines, from_on, to_on, account_name))
    writer.writerow(_HEADINGS)
    writer.writerows(_kbank_row(line, balance) for line, balance in zip(lines, balances, strict=True))
    text.write(",\r\n** สิ้นสุดรายงาน   **")
    return text.getvalue().encode(encoding)


def camt053(
    account: str, lines: Sequence[SampleLine], version: int = 8, *, opening_satang: int, from_on: date, to_on: date
) -> bytes:
    """An ISO 20022 camt.053 statement of version 2 to 8 with balances and summaries."""
    closing = opening_satang + sum(line.amount_satang for line in lines)
    came = [line.amount_satang for line in lines if line.amount_satang > 0]
    went = [line.amount_satang for line in lines if line.amount_satang < 0]
    number = f"{to_on:%Y%m%d}{len(lines)}"
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version:02d}"><BkToCstmrStmt>',
        f"<GrpHdr><MsgId>{number}</MsgId><CreDtTm>{to_on}T23:00:00+07:00</CreDtTm></GrpHdr>\n",
        f"<Stmt><Id>{number}</Id><CreDtTm>{to_on}T23:00:00+07:00</CreDtTm>",
        f"<FrToDt><FrDtTm>{from_on}T00:00:00+07:00</FrDtTm><ToDtTm>{to_on}T23:59:59+07:00</ToDtTm></FrToDt>",
        f"<Acct><Id><Othr><Id>{escape(account)}</Id></Othr></Id><Ccy>THB</Ccy></Acct>\n",
        _camt_balance("OPBD", opening_satang, from_on),
        _camt_balance("CLBD", closing, to_on),
        f"<TxsSummry>{_camt_total('TtlNtries', [*came, *went])}{_camt_total('TtlCdtNtries', came)}"
        f"{_camt_total('TtlDbtNtries', went)}</TxsSummry>\n",
        *(_camt_entry(line, version) for line in lines),
        "</Stmt></BkToCstmrStmt></Document>\n",
    ]
    return "".join(parts).encode()


def thai_day(day: date) -> str:
    """`01-เม.ย.-2569`."""
    return f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year + BUDDHIST_ERA}"


def _preamble(
    account: str, lines: Sequence[SampleLine], from_on: date, to_on: date, account_name: str
) -> list[list[str]]:
    came = [line.amount_satang for line in lines if line.amount_satang > 0]
    went = [-line.amount_satang for line in lines if line.amount_satang < 0]
    return [
        ["รายการเดินบัญชีของวันก่อนหน้า"],
        ["", ""],
        ["เลขที่บัญชี", f"'{account}", "สกุลเงิน", "THB"],
        ["วันที่ ตั้งแต่วันที่", thai_day(from_on), "ถึงวัน", thai_day(to_on)],
        ["ชื่อบัญชี", account_name],
        ["ชื่อสาขา", "สาขาตัวอย่าง"],
        ["เข้าบัญชี", str(len(came)), "จำนวนเงินนำฝากเข้าบัญชีทั้งหมด", format_plain_baht(sum(came))],
        ["หักบัญชี", str(len(went)), "จำนวนเงินที่หักบัญชีทั้งหมด", format_plain_baht(sum(went))],
        ["", ""],
    ]


def _kbank_row(line: SampleLine, balance_satang: int) -> list[str]:
    amount = format_baht(abs(line.amount_satang))
    return [
        thai_day(line.occurred_on),
        line.time.isoformat(),
        line.kind,
        line.cheque or "00000000",
        amount if line.amount_satang < 0 else "",
        amount if line.amount_satang > 0 else "",
        format_baht(balance_satang),
        line.bank_id,
        "792",
        thai_day(line.occurred_on),
        line.channel,
        line.detail,
    ]


def _camt_balance(code: str, amount_satang: int, day: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_camt_amount(amount_satang)}"
        f"<Dt><Dt>{day}</Dt></Dt></Bal>\n"
    )


def _camt_amount(amount_satang: int) -> str:
    side = "DBIT" if amount_satang < 0 else "CRDT"
    return f'<Amt Ccy="THB">{format_plain_baht(abs(amount_satang))}</Amt><CdtDbtInd>{side}</CdtDbtInd>'


def _camt_total(name: str, amounts: Sequence[int]) -> str:
    total = format_plain_baht(sum(map(abs, amounts)))
    return f"<{name}><NbOfNtries>{len(amounts)}</NbOfNtries><Sum>{total}</Sum></{name}>"


def _camt_entry(line: SampleLine, version: int) -> str:
    status = "<Sts>BOOK</Sts>" if version < 4 else "<Sts><Cd>BOOK</Cd></Sts>"
    own_id = f"<AcctSvcrRef>{escape(line.bank_id)}</AcctSvcrRef>" if line.bank_id else ""
    moment = f"{line.occurred_on}T{line.time.isoformat()}+07:00"
    return (
        f"<Ntry>{_camt_amount(line.amount_satang)}{status}<BookgDt><DtTm>{moment}</DtTm></BookgDt>"
        f"<ValDt><Dt>{line.occurred_on}</Dt></ValDt>{own_id}<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd>"
        f"<SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn></BkTxCd>{_camt_details(line, version)}</Ntry>\n"
    )


def _camt_details(line: SampleLine, version: int) -> str:
    first = line.references[0] if line.references else "NOTPROVIDED"
    side = "Dbtr" if line.amount_satang > 0 else "Cdtr"
    name = f"<Nm>{escape(line.payer)}</Nm>" if version < 8 else f"<Pty><Nm>{escape(line.payer)}</Nm></Pty>"
    party = f"<RltdPties><{side}>{name}</{side}></RltdPties>" if line.payer else ""
    words = f"<Ustrd>{escape(line.detail)}</Ustrd>" if line.detail else ""
    others = "".join(
        f"<Strd><CdtrRefInf><Ref>{escape(other)}</Ref></CdtrRefInf></Strd>" for other in line.references[1:]
    )
    remittance = f"<RmtInf>{words}{others}</RmtInf>" if words or others else ""
    return (
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{escape(first)}</EndToEndId></Refs>{party}{remittance}"
        "</TxDtls></NtryDtls>"
    )
