"""`python -m benchmarks [name …] [--quick]`: measure, and print one table at the end."""

import os
import platform
import time
from collections.abc import Callable, Iterator
from functools import partial

import click
import psycopg
import pysqlite3.dbapi2 as sqlite

from benchmarks import (
    cases,
    grants,
    growth,
    importing,
    matching,
    measuring,
    overview,
    papers,
    posting,
    serving,
    told,
    tracing,
)
from benchmarks.measuring import Figure, Finding, Note, Scale
from benchmarks.places import Places, places

MEASURES: dict[str, Callable[[Places, Scale], Iterator[Finding]]] = {
    "posting": posting.measure,
    "importing": importing.measure,
    "matching": matching.measure,
    "serving": serving.measure,
    "told": told.measure,
    "papers": papers.measure,
    "cases": cases.measure,
    "grants": grants.measure,
    "tracing": tracing.measure,
    "overview": overview.measure,
    "growth": growth.measure,
}


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...", type=click.Choice([*MEASURES]))
@click.option("--quick", is_flag=True, help="Small counts: a look in three minutes, not a measurement.")
@click.option("--postings", type=int, default=0, help="growth: how many postings the large book has.")
@click.option("--book", "kept", default="", metavar="URL",
              help="growth: the large book, kept; made if there is none, continued if it has fewer.")  # fmt: skip
def main(names: tuple[str, ...], quick: bool, postings: int, kept: str) -> None:
    """Measure NAMEs beside limits: posting, importing, matching, serving, told, papers, cases … (or all)."""
    measures = MEASURES | {"growth": partial(growth.measure, wanted=postings, kept=kept)}
    scale, begin, load = Scale(is_quick=quick), time.monotonic(), os.getloadavg()[0]
    found: list[Finding] = []
    try:
        with places() as here:
            for name in names or MEASURES:
                measuring.tell(name)
                found.extend(measures[name](here, scale))
    finally:  # what was measured is told, even if something else failed
        quick_look = "A quick look, not a measurement. " if quick else ""
        click.echo(f"\n{_machine(load)}\n\n{_report(found)}\n{quick_look}{time.monotonic() - begin:,.0f} s in all.")


def _report(found: list[Finding]) -> str:
    notes = [f"  {finding.text}\n" for finding in found if isinstance(finding, Note)]
    return f"{measuring.table([finding for finding in found if isinstance(finding, Figure)])}\n\n{''.join(notes)}"


def _machine(load: float) -> str:
    return (
        f"{os.cpu_count()} cores, load {load:.1f} at the beginning and {os.getloadavg()[0]:.1f} at the end;"
        f" Python {platform.python_version()}, SQLite {sqlite.sqlite_version}, psycopg {psycopg.__version__}"
    )


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
