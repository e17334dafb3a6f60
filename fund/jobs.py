"""Which function does which kind of job, what is done by the clock, and the loop that does both.

Knows that a job may run twice (its worker died in between): every function here can be repeated.
Refuses nothing: what fails is tried again later and shown to staff in the end.
"""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from fund import checks, checkups, clock, files, limits, notices, outbox, papers, profile, sealing, signing, wanting
from fund.audit import WORKER
from fund.audit_receipts import issuing
from fund.bank import explaining, handing_in
from fund.bank.told import confirming, filing
from fund.cases.following import chores as following
from fund.cases.handing import chores as handing
from fund.collections import bundles, drafts
from fund.collections import service as collections
from fund.db import Database
from fund.donations import service as donations
from fund.grants.steps import PROOF_JOB
from fund.home import digest
from fund.overview import counts
from fund.rights import erasing
from fund.settings import Settings
from ledger import checkpoints
from receipts import queries, render

_log = logging.getLogger("sipbaht.jobs")
IDLE_SECONDS: Final = 1
RETRY_SECONDS: Final = 30
"""How long what failed by the clock rests."""


def render_receipt(database: Database, settings: Settings, number: str) -> None:
    """Make the PDF of a receipt from its frozen facts and keep it."""
    with database.read() as session:
        if papers.of(session, number) is not None:
            return
        receipt, is_demo = queries.by_number(session, number), profile.is_demo(session)
    made = render.receipt_pdf(receipt, address=settings.address, is_demo=is_demo, seconds=int(settings.render_seconds))
    pdf = signing.signed(settings, made)
    with database.write() as session:
        if papers.of(session, number) is None:
            sha256 = files.store(session, settings.files_path, pdf, receipt.owner or files.NOBODY)
            papers.record(session, number, sha256)
            notices.receipt_ready(session, settings, number, is_demo=is_demo)


def check_books(database: Database, settings: Settings, day: str) -> None:
    """Ask every invariant, and write to the administrators where one does not hold."""
    checks.check_now(database, settings, day)
    with database.write() as session:
        checkup = checkups.last(session)
        if checkup and checkup.failed:
            notices.tell(session, notices.FAILED_CHECK, notices.administrators(session), day)


LETTERS: Final = notices.KINDS | {digest.KIND: digest.letter}
KINDS: Final[dict[str, Callable[[Database, Settings, str], None]]] = {
    "receipt.render": render_receipt,
    checks.JOB: check_books,
    filing.ASK: confirming.ask_batch,
    handing_in.JOB: handing_in.take,
    bundles.JOB: bundles.bind,
    collections.TRY_AGAIN: explaining.meet_again,
    PROOF_JOB: issuing.issue,
    **{kind: partial(notices.send, kind, look) for kind, look in LETTERS.items()},
}


def work_once(database: Database, settings: Settings) -> bool:
    """Do one due job; False when there is none."""
    with database.write() as session:
        job = outbox.claim(session)
    if job is None:
        return False
    try:
        KINDS[job.kind](database, settings, job.subject)
    except Exception as error:  # whatever went wrong, the job is kept and tried again
        _log.warning("job %s %s failed: %s", job.kind, job.id, type(error).__name__)
        with database.write() as session:
            is_given_up = outbox.fail(session, job, type(error).__name__)
            if is_given_up and job.kind not in LETTERS:  # a letter about a letter would not come either
                notices.tell(session, notices.FAILED_JOB, notices.administrators(session), f"{job.kind} {job.id}")
    else:
        with database.write() as session:
            outbox.finish(session, job)
    return True


def tidy(database: Database, _settings: Settings) -> None:
    """Keep balances quick, and forget who meant to give and never did."""
    with database.write() as session:
        checkpoints.take(session)
    with database.write() as session:
        limits.forget_old(session)
        handing_in.forget_old(session)
        donations.forget_unpaid(session, clock.now() - donations.FORGOTTEN_AFTER, by=WORKER)
        collections.forget_over(session, clock.now() - collections.FORGOTTEN_AFTER, by=WORKER)
        drafts.let_go_old(session)
        bundles.let_go_old(session)


CHORES: Final[dict[Callable[[Database, Settings], object], int]] = {
    sealing.seal_news: 1,
    filing.file_news: 1,
    tidy: 30,
    checks.nightly: 60,
    erasing.propose_overdue: 3_600,
    following.look_after: 600,
    issuing.issue_missed: 300,
    handing.look_after: 60,
    counts.keep_fresh: 300,
    digest.write_daily: 600,
    wanting.publish_weekly: 3_600,
}
"""What is done by the clock, and every how many seconds."""


def work(database: Database, settings: Settings, stop: threading.Event) -> None:
    """Do jobs as they come until told to stop; a database that is away for a while is waited for."""
    due = dict.fromkeys(CHORES, time.monotonic())
    while not stop.is_set():
        try:
            for chore, seconds in CHORES.items():
                if time.monotonic() >= due[chore]:
                    due[chore] = time.monotonic() + RETRY_SECONDS
                    chore(database, settings)
                    due[chore] = time.monotonic() + seconds
            busy = work_once(database, settings)
        except Exception:
            _log.exception("the worker could not reach its jobs")
            busy = False
        if not busy:
            stop.wait(IDLE_SECONDS)
