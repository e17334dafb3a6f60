"""`python -m benchmarks [name …] [--quick]`: measure, and print one table at the end."""

import os
import platform
import time
from collections.abc import Callable, Iterator

import click
import psycopg
import pysqlite3.dbapi2 as sqlite

from benchmarks import importing, measuring, papers, posting, serving
from benchmarks.measuring import Figure, Finding, Note, Scale
from benchmarks.places import Places, places

MEASURES: dict[str, Callable[[Places, Scale], Iterator[Finding]]] = {
    "posting": posting.measure,
    "importing": importing.measure,
    "serving": serving.measure,
    "papers": papers.measure,
}


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...", type=click.Choice([*MEASURES]))
@click.option("--quick", is_flag=True, help="Small counts: a look in three minutes, not a measurement.")
def main(names: tuple[str, ...], quick: bool) -> None:
    """Measure NAMEs (posting, importing, serving, papers; without one, all), each figure beside its limit."""
    scale, begin = Scale(is_quick=quick), time.monotonic()
    found: list[Finding] = []
    with places() as here:
        for name in names or MEASURES:
            measuring.tell(name)
            found += MEASURES[name](here, scale)
    click.echo(_report(found, time.monotonic() - begin, is_quick=quick), nl=False)


def _report(found: list[Finding], seconds: float, *, is_quick: bool) -> str:
    notes = [f"  {finding.text}\n" for finding in found if isinstance(finding, Note)]
    figures = measuring.table([finding for finding in found if isinstance(finding, Figure)])
    quick = "A quick look, not a measurement. " if is_quick else ""
    return f"\n{_machine()}\n\n{figures}\n\n{''.join(notes)}\n{quick}{seconds:,.0f} s in all.\n"


def _machine() -> str:
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, load {load:.1f} at the end; Python {platform.python_version()},"
        f" SQLite {sqlite.sqlite_version}, psycopg {psycopg.__version__}"
    )


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
