"""Slips: pictures read in a limited child, kept sealed as claims, each reference for one gift; never money."""

import re
import resource
import struct
import sys
import warnings
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from sqlmodel import select

from fund.audit import DONOR, AuditRow
from fund.db import Database
from fund.donations import service, slip_reader, slip_worker, slips
from fund.donations.models import DonationRow, SlipDoubtRow, SlipRow
from fund.donations.service import Pledged
from fund.donations.slip_reader import (
    ApplePictureError,
    NoPictureError,
    NoSlipError,
    PictureBrokenError,
    PictureTooLargeError,
)
from fund.errors import NotFoundError
from receipts import pictures, tlv
from receipts.qr import Slip
from tests.fund.browsing import Browser, browser, form_token, signed_in
from tests.fund.donations.builders import STAFF, a_pledge, an_arrival, found

SLIP = Slip("004", "013071152533APM07736")


def payload(slip: Slip = SLIP) -> str:
    """What a bank's slip prints."""
    template = tlv.write([("00", "000001"), ("01", slip.sending_bank), ("02", slip.reference)])
    head = tlv.write([("00", template), ("51", "TH")]) + "9104"
    return head + tlv.checksum(head)


def a_picture(code: str = "", kind: str = "PNG", *, size: tuple[int, int] = (720, 1280), **options: Any) -> bytes:
    """A slip as a bank's app saves it: a white sheet with a small QR in its corner."""
    sheet = Image.new("RGB", size, "white")
    ImageDraw.Draw(sheet).text((40, 60), "TRANSFER COMPLETED", fill="black")
    with Image.open(BytesIO(pictures.png(code or payload(), width=220))) as drawn:
        sheet.paste(drawn.convert("RGB"), (size[0] - 300, size[1] - 300))
    kept = BytesIO()
    sheet.save(kept, kind, **options)
    return kept.getvalue()


@pytest.fixture
def fund(database: Database) -> Database:
    found(database)
    return database


@pytest.fixture
def pledged(fund: Database) -> Pledged:
    return another(fund)


def another(fund: Database) -> Pledged:
    with fund.write() as session:
        return a_pledge(session)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_slips_code_is_read_from_each_kind_of_picture(kind: str) -> None:
    assert slip_reader.read(a_picture(kind=kind)) == SLIP


def test_a_photograph_on_its_side_and_without_the_checksums_zeros_is_read() -> None:
    slip = next(
        one for one in (Slip("014", f"2026112300{number:06d}") for number in range(500)) if payload(one)[-4] == "0"
    )
    code = re.sub(r"9104(0+)(?=[0-9A-F]{1,3}$)", "9104", payload(slip))
    with Image.open(BytesIO(a_picture(code))) as upright:
        turned = BytesIO()
        upright.rotate(90, expand=True).save(turned, "JPEG", quality=70)
    assert slip_reader.read(turned.getvalue()) == slip


def png(width: int, height: int) -> bytes:
    """A picture of any size in a few bytes."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = [
        (b"IHDR", header),
        (b"IDAT", zlib.compress(b"\0" * min((width // 8 + 1) * height, 9_000_000))),
        (b"IEND", b""),
    ]
    chunks = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def scans(count: int) -> bytes:
    """A JPEG that has itself drawn over and over."""
    kept = BytesIO()
    Image.new("L", (2000, 2000), 128).save(kept, "JPEG", progressive=True)
    whole = kept.getvalue()
    start = whole.index(b"\xff\xda")
    return whole[:start] + whole[start:-2] * count + whole[-2:]


HOSTILE: dict[str, tuple[bytes, type[Exception]]] = {
    "nothing": (b"", NoPictureError),
    "65,000 × 65,000": (png(65_000, 65_000), PictureTooLargeError),
    "12,000,001 pixels": (png(12_000_001, 1), PictureTooLargeError),
    "too many bytes": (b"\xff\xd8\xff" + b"\0" * slip_reader.LARGEST_BYTES, PictureTooLargeError),
    "JPEG of 10,000 scans": (scans(10_000)[: 8 << 20], PictureTooLargeError),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", NoPictureError),
    "TIFF": (b"II*\0" + b"\0" * 100, NoPictureError),
    "EPS": (b"%!PS-Adobe-3.0 EPSF-3.0", NoPictureError),
    "GIF": (b"GIF89a" + b"\0" * 100, NoPictureError),
    "PDF": (b"%PDF-1.7", NoPictureError),
    "HEIC": (b"\0\0\0\x24ftypheic\0\0\0\0mif1heic", ApplePictureError),
    "PNG by name alone": (b"\x89PNG\r\n\x1a\n" + b"\0" * 1000, NoPictureError),
    "cut off": (a_picture()[:900], PictureBrokenError),
    "no code": (a_picture("00020101021229370016A000000677010111"), NoSlipError),
}


@pytest.mark.parametrize(("content", "refusal"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_picture_is_refused_soon(content: bytes, refusal: type[Exception]) -> None:
    begun = resource.getrusage(resource.RUSAGE_CHILDREN)
    with pytest.raises(refusal):
        slip_reader.read(content)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)  # of computing, which a busy machine does not stretch
    assert ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime < 1


def test_without_the_limits_the_same_picture_would_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with no limit on pixels, one over it is decoded."""
    picture = a_picture(size=(4000, 3001))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)  # put back afterwards
    with warnings.catch_warnings():
        with pytest.raises(ValueError, match="size"):
            slip_worker.codes(picture)
        monkeypatch.setattr(slip_worker, "MOST_PIXELS", 10**9)
        assert slip_worker.codes(picture) == [payload()]


def test_a_child_that_hangs_or_dies_is_told_as_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(PictureTooLargeError):
        slip_reader.read(a_picture())


def claim(fund: Database, folder: Path, pledged: Pledged, slip: Slip = SLIP) -> bool:
    with fund.write() as session:
        return slips.claim(session, folder, pledged.pledge.id, slip, a_picture(), by=DONOR)


def test_a_slip_is_kept_sealed_and_moves_no_money(fund: Database, pledged: Pledged, tmp_path: Path) -> None:
    assert claim(fund, tmp_path, pledged)
    with fund.read() as session:
        (row,) = session.exec(select(SlipRow)).all()
        assert slips.picture(session, tmp_path, row.id) == a_picture()
        assert slips.pledges_by_slip(session, [SLIP.reference]) == {SLIP.reference: pledged.pledge.id}
        assert slips.shown_for(session, [pledged.pledge.id]) == {pledged.pledge.id}
        assert session.exec(select(DonationRow)).all() == []
    kept = [path.read_bytes() for path in (tmp_path / "sealed").rglob("*") if path.is_file()]
    assert [b"PNG" in one for one in kept] == [False]


def test_the_same_slip_again_changes_nothing(fund: Database, pledged: Pledged, tmp_path: Path) -> None:
    assert [claim(fund, tmp_path, pledged) for _ in range(3)] == [True] * 3
    with fund.read() as session:
        assert len(session.exec(select(SlipRow)).all()) == 1


def test_a_slip_shown_for_another_gift_is_in_doubt(fund: Database, pledged: Pledged, tmp_path: Path) -> None:
    other = another(fund)
    assert claim(fund, tmp_path, pledged)
    assert [claim(fund, tmp_path, other) for _ in range(2)] == [False, False]
    with fund.read() as session:
        (seen,) = slips.waiting(session)
        assert (seen.pledge, seen.doubts) == (pledged.pledge.reference, (other.pledge.reference,))
        assert slips.pledges_by_slip(session, [SLIP.reference]) == {}
        assert len(session.exec(select(SlipDoubtRow)).all()) == 1


def test_two_banks_may_give_the_same_number(fund: Database, pledged: Pledged, tmp_path: Path) -> None:
    other = another(fund)
    assert claim(fund, tmp_path, pledged)
    assert claim(fund, tmp_path, other, Slip("014", SLIP.reference))
    with fund.read() as session:
        assert slips.pledges_by_slip(session, [SLIP.reference]) == {}  # nobody knows whose it is


def test_a_slip_whose_money_came_waits_no_more(fund: Database, pledged: Pledged, tmp_path: Path) -> None:
    claim(fund, tmp_path, pledged)
    with fund.write() as session:
        service.receive(session, an_arrival(session, pledged), by=STAFF)
    with fund.read() as session:
        assert slips.waiting(session) == []
        with pytest.raises(NotFoundError):
            slips.slip(session, pledged.pledge.id)


@pytest.fixture
def donor(fund: Database, database_url: str, tmp_path: Path) -> Iterator[Browser]:
    with browser(database_url, files_dir=str(tmp_path)) as client:
        client.cookies.set("language", "en")
        yield client


def send(client: Browser, pledged: Pledged, picture: bytes) -> Any:
    link = f"/gift/{pledged.pledge.reference}/{pledged.token}"
    return client.post(f"{link}/slip", files={"picture": ("slip.png", picture, "image/png")})


def test_a_donor_sends_a_slip_and_reads_that_it_came(donor: Browser, pledged: Pledged) -> None:
    link = f"/gift/{pledged.pledge.reference}/{pledged.token}"
    assert "Have you paid already?" in donor.get(link).text
    answer = send(donor, pledged, a_picture())
    assert (answer.status_code, answer.headers["location"]) == (303, f"{link}#slip")
    page = donor.get(link).text
    assert "We have your slip" in page
    assert "Scan to give" in page  # not thanks: a slip is no money


@pytest.mark.parametrize(
    ("picture", "status", "said"),
    [
        (b"GIF89a", 415, "JPEG, PNG or WebP"),
        (HOSTILE["HEIC"][0], 415, "HEIC"),
        (png(65_000, 65_000), 413, "12 megapixels"),
        (HOSTILE["no code"][0], 400, "no slip"),
        (b"\x89PNG" + b"\0" * (9 << 20), 413, ""),
    ],
)
def test_what_is_no_slip_is_told_at_its_field(
    donor: Browser, pledged: Pledged, picture: bytes, status: int, said: str
) -> None:
    answer = send(donor, pledged, picture)
    assert answer.status_code == status
    assert said in answer.text


def test_a_slip_of_another_gift_is_being_looked_into(fund: Database, donor: Browser, pledged: Pledged) -> None:
    other = another(fund)
    send(donor, pledged, a_picture())
    answer = send(donor, other, a_picture())
    assert answer.status_code == 409
    assert "We are looking into this slip" in answer.text
    assert pledged.pledge.reference not in answer.text


def test_without_the_link_no_slip_is_taken(donor: Browser, pledged: Pledged) -> None:
    answer = donor.post(f"/gift/{pledged.pledge.reference}/wrong/slip", files={"picture": ("x.png", a_picture())})
    assert answer.status_code == 404


def test_a_form_that_is_no_text_is_refused(donor: Browser, pledged: Pledged) -> None:
    broken = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\xed\xa0\x80\r\n--b--\r\n'
    link = f"/gift/{pledged.pledge.reference}/{pledged.token}/slip"
    kind = {"content-type": "multipart/form-data; boundary=b"}
    assert donor.post(link, content=broken, headers=kind).status_code == 400


def test_an_officer_keeps_a_slip_and_their_look_is_noted(
    fund: Database, database_url: str, pledged: Pledged, tmp_path: Path
) -> None:
    with signed_in(database_url, files_dir=str(tmp_path)) as officer:
        form = {"csrf_token": form_token(officer), "reference": pledged.pledge.reference.lower()}
        files = {"picture": ("slip.jpg", a_picture(kind="JPEG"), "image/jpeg")}
        assert officer.post("/staff/slips", data=form, files=files).status_code == 303
        page = officer.get("/staff/slips").text
        assert SLIP.reference in page
        link = re.search(r"/staff/slips/[0-9a-f-]+/picture", page)
        assert link is not None
        shown = officer.get(link[0])
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    with fund.read() as session:
        acts = session.exec(select(AuditRow.action).where(AuditRow.actor == "officer")).all()
    assert {"slip.claimed", "slip.viewed"} <= set(acts)


def test_an_officers_wrong_reference_is_refused(fund: Database, database_url: str, tmp_path: Path) -> None:
    with signed_in(database_url, files_dir=str(tmp_path)) as officer:
        form = {"csrf_token": form_token(officer), "reference": "D000000000"}
        files = {"picture": ("slip.png", a_picture(), "image/png")}
        assert officer.post("/staff/slips", data=form, files=files).status_code == 404
