"""The child process that turns HTML into PDF: `python -m receipts.press_worker`, driven by `press`.

Knows limits on its own memory, files and computing time, set before it touches anything.
Refuses to fetch anything but our font files: no image, style or address in a document is ever followed.
"""

import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

from receipts import cage, fonts, frames

LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
MEMORY_BYTES: Final = 512 << 20
STYLES: Final = Path(__file__).parents[1] / "templates" / "receipts"


class Refusals(logging.Handler):
    """Collects what WeasyPrint warns of, so that the parent can report it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def serve(requests: IO[bytes], answers: IO[bytes], limit_computing: Callable[[int], None]) -> None:
    """Print papers until the parent closes the pipe."""
    printer = Printer()
    while True:
        try:
            style, seconds, written_at = json.loads(frames.read(requests))
            html, facts = frames.read(requests).decode(), frames.read(requests)
        except EOFError:
            return
        limit_computing(seconds)
        pdf, warnings = printer.print(style, html, facts, datetime.fromisoformat(written_at))
        frames.write(answers, json.dumps(warnings).encode())
        frames.write(answers, pdf)


class Printer:
    """WeasyPrint with its fonts loaded, its style sheets parsed once, and the layouts of its last papers."""

    def __init__(self) -> None:
        import weasyprint  # after the limits are set; two seconds that only this process pays
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import FatalURLFetchingError

        from receipts import archival, layouts, remembered, text_layer

        text_layer.install()
        remembered.install()
        self._layouts, self._archival = layouts, archival
        self._weasyprint: Any = weasyprint
        self._fetcher = _fetcher(weasyprint)
        self._fonts = FontConfiguration()
        self._failures = (Exception, FatalURLFetchingError)
        self._styles: dict[str, Any] = {}
        self._kept = layouts.Kept()
        self._refusals = Refusals()
        logger = logging.getLogger("weasyprint")
        logger.handlers = [self._refusals]
        logger.propagate = False

    def print(
        self, style: str, html: str, facts: bytes = b"", written_at: datetime = LONG_AGO
    ) -> tuple[bytes, list[str]]:
        """The PDF, empty when it could not be made, and what there was to warn of."""
        self._refusals.messages = []
        try:
            poured = self._kept.poured(style, html)
            pdf = self._write(poured or self._laid_out(style, html), facts, written_at)
            if poured and not self._kept.is_usual(poured):
                pdf = self._write(self._laid_out(style, html), facts, written_at)
        except self._failures as error:  # one paper's; the error's text may name a donor, its type does not
            self._kept.forget()
            return b"", [type(error).__name__]
        return pdf, self._refusals.messages

    def _write(self, document: Any, facts: bytes, written_at: datetime) -> bytes:
        """The PDF; a layout with unusual letters is let go, for its fonts are no longer those of every paper."""
        attached = [self._archival.attachment(facts, written_at)] if facts else []
        variant, finish = self._archival.VARIANT, self._archival.claim
        pdf: bytes = document.write_pdf(pdf_variant=variant, attachments=attached, finisher=finish)
        if not self._kept.is_usual(document):
            self._kept.forget()
        return pdf

    def _laid_out(self, style: str, html: str) -> Any:
        """The document laid out from the start; its layout is kept for the next of its shape."""
        options = {"stylesheets": [self._style(style)], "pdf_variant": self._archival.VARIANT}
        source = self._weasyprint.HTML(string=html, url_fetcher=self._fetcher)
        document = self._layouts.laid_out(source, self._fonts, options)
        if not self._refusals.messages:
            self._kept.keep(style, html, document)
        return document

    def _style(self, name: str) -> Any:
        if name not in self._styles:
            rules = "\n".join([fonts.font_faces(), *(_style_sheet(part) for part in name.split("+"))])
            self._styles[name] = self._weasyprint.CSS(string=rules, url_fetcher=self._fetcher, font_config=self._fonts)
        return self._styles[name]


def _style_sheet(name: str) -> str:
    return (STYLES / f"{Path(name).name}.css").read_text(encoding="utf-8")


def _fetcher(weasyprint: Any) -> Any:
    allowed = frozenset(fonts.URLS.values())

    class OnlyOurFonts(weasyprint.URLFetcher):  # type: ignore[misc]
        """Opens our font files and nothing else; whatever else is asked for spoils the paper."""

        def __init__(self) -> None:
            super().__init__(allowed_protocols=("file",), allow_redirects=False, fail_on_errors=True)

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url not in allowed:
                raise PermissionError
            return super().fetch(url, headers)

    return OnlyOurFonts()


if __name__ == "__main__":  # pragma: no cover - only ever in the child
    cage.limit_ourselves(MEMORY_BYTES, file_bytes=8 << 20)
    serve(sys.stdin.buffer, cage.own_pipe(), cage.limit_computing)
