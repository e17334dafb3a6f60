"""The press prints in limited children, refuses what is not ours, and is there again after any failure."""

import io
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from receipts import fonts, frames, press, press_worker, text_layer
from receipts.errors import RenderError
from tests.receipts import papers
from tests.receipts.papers import fold

HARD_WORDS = (
    "บาท น้ำ ทำบุญ ที่ นี้ ผู้ให้ กตัญญู ญาติ ฐานะ ปฏิรูป กตัญญุตา ฎีกา ฤๅษี เป็นไท้ ปุ๋ย ปี่ ฝ้าย ฟื้นฟู เปิ้ล ก๋วยเตี๋ยว จ๊ะจ๋า คำ ซ้ำ "
    "ค่ำ ปั๊ม น้ำใจ ศูนย์ สุทธิ์ อำเภอน้ำพอง หมู่ที่ ๙ ฐิติ ญี่ปุ่น ฏุ ฐุ ญู"
)
PAGE = '<html lang="th"><head><title>t</title></head><body>{}</body></html>'


@pytest.fixture
def one_worker() -> Iterator[None]:
    """A press without waiting workers, before and after."""
    press.close()
    yield
    press.close()


@pytest.fixture(scope="module")
def printer() -> press_worker.Printer:
    """A printer in this very process, where its limits are not set."""
    return press_worker.Printer()


def test_hard_words_copy_right_in_every_weight(printer: press_worker.Printer, tmp_path: Path) -> None:
    words = "".join(f'<p style="font-weight: {weight}">{HARD_WORDS}</p>' for weight in (400, 600, 700))
    pdf, warnings = printer.print("receipt", PAGE.format(words + "<p><b>ก</b> <b>ข</b></p>"))
    assert warnings == []
    for text in papers.texts(pdf, tmp_path).values():
        assert text.count(fold(HARD_WORDS)) == 3


def test_hard_words_copy_right_where_only_the_fonts_names_are_read(
    printer: press_worker.Printer, tmp_path: Path
) -> None:
    pdf, _ = printer.print("receipt", PAGE.format("".join(f"<p>{word}</p>" for word in HARD_WORDS.split())))
    hidden = papers.without_actual_text(pdf)
    read = papers.texts(hidden, tmp_path)["poppler"]
    assert [word for word in HARD_WORDS.split() if fold(word) not in read] == []


def test_without_our_layer_the_same_words_copy_wrong(tmp_path: Path) -> None:
    """The control: if this fails, WeasyPrint has learnt Thai and the layer may go."""
    html = f"<style>{fonts.font_faces()}</style><p style='font-family: Sarabun'>{HARD_WORDS}</p>"
    alone = "import sys, weasyprint; sys.stdout.buffer.write(weasyprint.HTML(string=sys.argv[1]).write_pdf())"
    pdf = subprocess.run([sys.executable, "-c", alone, html], capture_output=True, check=True).stdout
    assert all(fold(HARD_WORDS) not in text for text in papers.texts(pdf, tmp_path).values())


def test_glyphs_are_named_by_map_name_and_replacement() -> None:
    with TTFont(fonts.FOLDER / fonts.FILES[400]) as font:
        glyph, whole = font.getGlyphID, io.BytesIO()
        named = text_layer.glyph_names((fonts.FOLDER / fonts.FILES[400]).read_bytes())
        del font["GSUB"]
        font.save(whole)
        assert named[glyph("uni0E01")] == "ก"
        assert named[glyph("uni0E48.narrow")] == "\u0e48"
        assert named[glyph("uni0E4D0E49")] == "\u0e49\u0e4d"
        assert named[glyph("yoYingthai.less")] == "ญ"
        assert glyph("yoYingthai.less") not in text_layer.glyph_names(whole.getvalue())


@pytest.mark.parametrize(
    "html",
    [
        '<img src="file://{canary}">',
        '<link rel="attachment" href="file://{canary}">',
        '<link rel="stylesheet" href="file://{canary}">',
        '<style>@import url("file://{canary}");</style>',
        '<object data="file://{canary}"></object>',
        '<svg><image href="file://{canary}"/></svg>',
        '<p style="background: url(http://127.0.0.1:9/x)">x</p>',
        '<img src="data:image/png;base64,iVBORw0KGgo=">',
    ],
)
def test_nothing_but_our_fonts_is_fetched(printer: press_worker.Printer, html: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary.png"
    canary.write_text("CANARY-CONTENT")
    pdf, warnings = printer.print("receipt", PAGE.format(html.replace("{canary}", str(canary))))
    assert b"CANARY-CONTENT" not in papers.unpacked(pdf)
    assert pdf == b"" or warnings


def test_a_style_sheet_is_one_of_ours(printer: press_worker.Printer) -> None:
    assert printer.print("../../etc/passwd", PAGE.format("x")) == (b"", ["FileNotFoundError"])


def test_a_character_nobody_can_print_is_reported(printer: press_worker.Printer, tmp_path: Path) -> None:
    _, warnings = printer.print("receipt", PAGE.format("王"))
    assert any("U+738B" in warning for warning in warnings)


def test_a_worker_answers_each_request_until_the_pipe_closes() -> None:
    ceilings: list[int] = []
    requests, answers = io.BytesIO(), io.BytesIO()
    for _ in range(2):
        frames.write(requests, json.dumps(["receipt", 7, "2026-11-23T00:00:00+00:00"]).encode())
        frames.write(requests, PAGE.format("สวัสดี").encode())
        frames.write(requests, b"{}")
    requests.seek(0)
    press_worker.serve(requests, answers, ceilings.append)
    answers.seek(0)
    for _ in range(2):
        assert frames.read(answers) == b"[]"
        assert frames.read(answers).startswith(b"%PDF")
    assert ceilings == [7, 7] and answers.read() == b""


def test_a_frame_longer_than_any_paper_is_not_read() -> None:
    with pytest.raises(EOFError):
        frames.read(io.BytesIO(b"\xff\xff\xff\xff" + b"x" * 9))


def test_a_paper_that_cannot_be_made_fails_alone(one_worker: None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    with pytest.raises(RenderError):
        press.pdf("receipt", PAGE.format("<div>" * 600), seconds=20)
    assert caplog.messages == ["printing: RecursionError"]
    assert press.pdf("receipt", PAGE.format("x"), seconds=20).startswith(b"%PDF")


def test_a_paper_that_takes_too_long_is_given_up(one_worker: None) -> None:
    table = "<table>" + "<tr><td>x<td>y<td>z</tr>" * 9000 + "</table>"
    with pytest.raises(RenderError):
        press.pdf("receipt", PAGE.format(table), seconds=2)
    assert press.pdf("receipt", PAGE.format("x"), seconds=20).startswith(b"%PDF")


def test_a_worker_that_dies_is_replaced(one_worker: None) -> None:
    press.pdf("receipt", PAGE.format("x"), seconds=20)
    (waiting,) = press.waiting()
    os.kill(waiting, signal.SIGKILL)
    with pytest.raises(RenderError):
        press.pdf("receipt", PAGE.format("x"), seconds=20)
    assert press.waiting() == []
    assert press.pdf("receipt", PAGE.format("x"), seconds=20).startswith(b"%PDF")
    assert press.waiting() != [waiting]


def test_a_worker_is_replaced_after_enough_papers(one_worker: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(press, "PAPERS_EACH", 2)
    press.pdf("receipt", PAGE.format("x"), seconds=20)
    first = press.waiting()
    press.pdf("receipt", PAGE.format("x"), seconds=20)
    assert len(first) == 1 and press.waiting() == []


def test_the_child_is_limited_and_knows_nothing_of_our_environment(
    one_worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAFF_PASSWORD_HASH", "secret")
    press.pdf("receipt", PAGE.format("x"), seconds=20)
    child = Path(f"/proc/{press.waiting()[0]}")
    limits = {line[:26].strip(): line[26:].split()[:2] for line in (child / "limits").read_text().splitlines()}
    assert limits["Max address space"] == [str(press_worker.MEMORY_BYTES)] * 2
    assert int(limits["Max cpu time"][0]) < 60
    assert limits["Max open files"] == ["64", "64"] and limits["Max core file size"] == ["0", "0"]
    assert b"secret" not in (child / "environ").read_bytes()


def test_many_threads_share_few_workers(one_worker: None) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda n: press.pdf("receipt", PAGE.format(f"<p>{n}</p>"), seconds=60), range(16)))
    assert all(pdf.startswith(b"%PDF") for pdf in made) and len(set(made)) == 16
    assert 1 <= len(press.waiting()) <= press.WORKERS
