"""Evidence of a handover: handed in, looked at by somebody else, accepted or sent back; a lost paper stated by two.

Refuses a file that was handed in before for anything else, photos without consent, a statement of one person alone,
and decisions of who handed it in, asked for the money, is in charge of the case or tied to the child.
"""

import hashlib
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, or_, select

from fund import audit, clock, files, notices, sealed
from fund.audit import Actor
from fund.cases import queries as cases
from fund.cases import service as case_verbs
from fund.cases.children import parse_words
from fund.cases.errors import ReasonMissingError
from fund.cases.handing import handovers, pictures, sealing, states
from fund.cases.handing.errors import (
    DecidedError,
    EvidenceKindError,
    HandoverNotFoundError,
    KnownPictureError,
    NotStatedByTwoError,
    OwnEvidenceError,
    PhotosNotAgreedError,
    SecondPersonError,
    SignatureMissingError,
)
from fund.cases.handing.handovers import Said
from fund.cases.handing.models import EvidenceRow, HandoverRow, JoinedRow, LinkRow, PictureRow, VerdictRow
from fund.cases.handing.pictures import Picture
from fund.cases.records import PHOTOS
from fund.grants import steps
from fund.grants.models import id_of
from fund.people import stand_in_papers, turns
from fund.people.errors import NobodyError
from fund.people.stand_in_papers import Paper
from ledger.identifiers import new_id

_DIGEST: Final = "handing_picture.digest"


def file(
    session: Session,
    folder: Path,
    chain: str,
    number: int,
    kind: str,
    picture: Picture,
    said: Said | None = None,
    *,
    words: str = "",
    row_id: UUID | None = None,
    by: Actor,
) -> UUID:
    """Hand in a paper; a voucher or a shop's receipt brings the answer with it while there is none (`said`).

    The same `row_id` again changes nothing. Raises the refusals above.
    """
    row = _writable(session, chain, number, by)
    if (taken := _taken(session, row, row_id)) is not None:
        return taken
    if kind not in states.KINDS:
        raise EvidenceKindError()
    if kind == states.PHOTO and not cases.has_consent(session, row.case_code, PHOTOS):
        raise PhotosNotAgreedError()
    new = _keep(session, folder, row, kind, picture, _person(by), words, row_id, by)
    if kind != states.PHOTO and row.state == states.WAITING:
        handovers.answer(session, row, said or Said(""), states.PAPER, by=by)
    handovers.refresh(session, row)
    return new


def keep_signature(session: Session, folder: Path, row: HandoverRow, link: LinkRow, signature: Picture | None) -> None:
    """Keep what a family signed on the screen as the voucher, handed in by who gave them the link."""
    if signature is None or signature.paper.ending != "png":
        raise SignatureMissingError()
    _keep(session, folder, row, states.VOUCHER, signature, link.person, "", None, Actor(link.made_by))


def state_lost(
    session: Session, chain: str, number: int, replaces: str, words: str, *, row_id: UUID | None = None, by: Actor
) -> UUID:
    """State that a paper was lost, and what is known of it; it counts once a second person has stated it too."""
    row = _writable(session, chain, number, by)
    if (taken := _taken(session, row, row_id)) is not None:
        return taken
    if replaces not in (states.VOUCHER, states.SHOP_RECEIPT):
        raise EvidenceKindError()
    reason = _reason(words)
    return _add(session, row, states.STATEMENT, replaces, None, _person(by), reason, row_id, by)


def join(session: Session, evidence_id: UUID, *, by: Actor) -> None:
    """State the same as a second person. Raises SecondPersonError, DecidedError and ConflictError."""
    one = one_of(session, evidence_id)
    row = _writable(session, one.chain, one.number, by)
    if one.kind != states.STATEMENT or session.get(JoinedRow, evidence_id) is not None:
        raise DecidedError()
    if _person(by) == one.person:
        raise SecondPersonError()
    session.add(
        JoinedRow(
            evidence_id=evidence_id, first=one.person, person=_person(by), joined_at=clock.now(), joined_by=by.name
        )
    )
    audit.record(session, by, "evidence.stated_too", evidence_id)
    session.flush()
    handovers.refresh(session, row)


def decide(session: Session, evidence_id: UUID, words: str = "", *, is_accepted: bool, by: Actor) -> None:
    """Accept evidence, or send it back with a reason. Raises the refusals above and ReasonMissingError."""
    one = one_of(session, evidence_id)
    row = _writable(session, one.chain, one.number, by)
    joined = session.get(JoinedRow, evidence_id)
    if session.get(VerdictRow, evidence_id) is not None:
        raise DecidedError()
    if one.kind == states.STATEMENT and joined is None:
        raise NotStatedByTwoError()
    handovers.require_unbiased(session, row, by.person_id)
    if by.person_id in (one.person, joined.person if joined else None):
        raise OwnEvidenceError()
    reason = parse_words(words) if is_accepted else _reason(words)
    content = sealing.close(session, one.chain, sealing.VERDICT, str(evidence_id), reason) if reason else None
    session.add(
        VerdictRow(
            evidence_id=evidence_id,
            kind=one.kind,
            filer=one.person,
            second=joined.person if joined else None,
            is_accepted=is_accepted,
            person=_person(by),
            sealed=content,
            decided_at=clock.now(),
            decided_by=by.name,
        )
    )
    audit.record(session, by, "evidence.accepted" if is_accepted else "evidence.sent_back", evidence_id)
    session.flush()
    if is_accepted and one.kind == states.STATEMENT and row.state == states.WAITING:
        handovers.state_received(session, row, by=by)
    if not is_accepted:
        notices.tell(session, notices.HANDOVER, {one.person, row.requester}, f"{evidence_id}")
    handovers.refresh(session, row)


def one_of(session: Session, evidence_id: UUID) -> EvidenceRow:
    """One piece of evidence. Raises HandoverNotFoundError."""
    row = session.get(EvidenceRow, evidence_id)
    if row is None:
        raise HandoverNotFoundError()
    return row


def paper(session: Session, folder: Path, one: EvidenceRow, *, purpose: str, by: Actor) -> Paper:
    """The file of a piece of evidence, the look noted with its purpose. Raises NotFoundError."""
    cases.require_purpose(purpose)
    if one.sha256 is None:
        raise HandoverNotFoundError()
    content = files.load(session, folder, one.sha256, id_of(one.chain))
    audit.viewed(session, by, "evidence", one.id, reason=purpose)
    return stand_in_papers.read(content)


def alike(session: Session, evidence_id: UUID) -> list[EvidenceRow]:
    """Other evidence whose picture looks like this one's: taken again, smaller, or saved anew."""
    mine = session.exec(select(PictureRow).where(PictureRow.evidence_id == evidence_id)).first()
    if mine is None or mine.band_0 is None:
        return []
    columns = (PictureRow.band_0, PictureRow.band_1, PictureRow.band_2, PictureRow.band_3)
    likely = or_(*(col(column) == band for column, band in zip(columns, _bands(mine), strict=True)))
    rows = session.exec(
        select(PictureRow, EvidenceRow)
        .join(EvidenceRow, col(EvidenceRow.id) == col(PictureRow.evidence_id))
        .where(likely, col(PictureRow.evidence_id) != evidence_id)
    )
    return [one for row, one in rows if pictures.distance(_bands(row), _bands(mine)) <= pictures.ALIKE]


def _bands(row: PictureRow) -> tuple[int, ...]:
    return tuple(band or 0 for band in (row.band_0, row.band_1, row.band_2, row.band_3))


def _writable(session: Session, chain: str, number: int, by: Actor) -> HandoverRow:
    row = handovers.current(session, chain, number)
    case_verbs.require_untied(session, row.case_code, by.person_id)
    return row


def _taken(session: Session, row: HandoverRow, row_id: UUID | None) -> UUID | None:
    """The evidence that this form handed in before. Raises HandoverNotFoundError where it is another handover's."""
    known = None if row_id is None else session.get(EvidenceRow, row_id)
    if known is not None and (known.chain, known.number) != (row.chain, row.number):
        raise HandoverNotFoundError()
    return known.id if known is not None else None


def _keep(
    session: Session,
    folder: Path,
    row: HandoverRow,
    kind: str,
    picture: Picture,
    person: UUID,
    words: str,
    row_id: UUID | None,
    by: Actor,
) -> UUID:
    content = picture.paper.content
    sha256 = hashlib.sha256(content).hexdigest()
    digest = sealed.blind(session, _DIGEST, sha256)
    turns.wait_for(session, f"picture {digest.hex()}")
    known = session.get(PictureRow, digest)
    if known is not None:
        _require_sent_back(session, row, sha256)
    new = _add(session, row, kind, "", sha256, person, parse_words(words), row_id, by)
    files.store(session, folder, content, id_of(row.chain))
    if known is None:
        bands: dict[str, Any] = {f"band_{place}": band for place, band in enumerate(picture.bands)}
        session.add(PictureRow(digest=digest, evidence_id=new, owner=id_of(row.chain), **bands))
        session.flush()
    return new


def _require_sent_back(session: Session, row: HandoverRow, sha256: str) -> None:
    """A known file is taken again for the same handover alone, and only after it was sent back."""
    same = select(EvidenceRow.id, VerdictRow.is_accepted).outerjoin(
        VerdictRow, col(VerdictRow.evidence_id) == col(EvidenceRow.id)
    )
    mine = same.where(EvidenceRow.chain == row.chain, EvidenceRow.number == row.number, EvidenceRow.sha256 == sha256)
    found = session.exec(mine).all()
    if not found or any(is_accepted is not False for _, is_accepted in found):
        raise KnownPictureError()


def _add(
    session: Session,
    row: HandoverRow,
    kind: str,
    replaces: str,
    sha256: str | None,
    person: UUID,
    words: str,
    row_id: UUID | None,
    by: Actor,
) -> UUID:
    new = row_id or new_id()
    session.add(
        EvidenceRow(
            id=new,
            chain=row.chain,
            number=row.number,
            went=row.went,
            kind=kind,
            replaces=replaces,
            sha256=sha256,
            person=person,
            sealed=sealing.close(session, row.chain, sealing.EVIDENCE, str(new), words),
            filed_at=clock.now(),
            filed_by=by.name,
        )
    )
    audit.record(session, by, "evidence.filed", steps.subject_of(row.chain, row.number))
    session.flush()
    return new


def _person(by: Actor) -> UUID:
    if by.person_id is None:
        raise NobodyError()
    return by.person_id


def _reason(words: str) -> str:
    reason = parse_words(words)
    if not reason:
        raise ReasonMissingError()
    return reason
