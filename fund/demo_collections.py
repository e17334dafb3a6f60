"""The demonstration's collections: one that was paid, one whose transfer is not its sum, one that waits, a list.

Knows made-up children of a made-up school; lives through the services that collectors use.
"""

from datetime import datetime
from itertools import product

from sqlmodel import Session

from fund import clock, demo_year
from fund.audit import Actor
from fund.collections import drafts, queries, rosters, service
from fund.collections.queries import CollectionView
from fund.db import Database
from fund.donations import queries as gifts
from fund.donations.queries import CampaignView

COLLECTOR = Actor("demo-collector")
_NAMES = [f"{first} {last}" for last, first in product(demo_year.LAST_NAMES, demo_year.FIRST_NAMES)]


def begin(database: Database, moment: datetime, later: datetime) -> list[tuple[int, tuple[str, str]]]:
    """What a school collects at these moments, and what it then transfers: satang, with the references of the QR."""
    with clock.at(moment), database.write() as session:
        school = next(one for one in gifts.campaigns(session) if one.parent_id)
        paid, short = (_confirmed(session, school, _NAMES[since:until]) for since, until in ((0, 24), (24, 42)))
        _confirmed(session, school, _NAMES[42:54])
    with clock.at(later), database.write() as session:
        wrong = _table(_NAMES[54:60]).replace("\t20\t", "\t20.005\t", 1)
        service.begin(session, school.id, rosters.table(wrong.encode()), by=COLLECTOR)
    sums = (paid.sum_satang, short.sum_satang - 2_000)
    return [(satang, (of.reference, school.code)) for of, satang in zip((paid, short), sums, strict=True)]


def _confirmed(session: Session, school: CampaignView, names: list[str]) -> CollectionView:
    began = service.begin(session, school.id, rosters.table(_table(names).encode()), by=COLLECTOR)
    draft = drafts.draft(session, began)
    assert draft is not None
    service.confirm(session, began, str(draft.id), by=COLLECTOR)
    return queries.collection(session, began)


def _table(names: list[str]) -> str:
    rows = (
        f"{name}\tป.{number % 6 + 1}\t{10 * (1 + number % 3)}\t{'ใช่' if number % 4 else ''}"
        for number, name in enumerate(names)
    )
    return "\n".join(["ชื่อ-สกุล\tชั้น\tจำนวนเงิน (บาท)\tใบเสร็จ", *rows])
