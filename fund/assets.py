"""Our style, scripts and fonts: made ready at set-up, named by their content, served from memory.

Knows `static/` and what comes into `static/vendor/` from packages (`python -m fund.assets`): Sarabun as WOFF2 and
htmx. Refuses every name that is not a file already there.
"""

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from stat import S_ISREG
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
STATIC: Final = ROOT / "static"
VENDOR: Final = STATIC / "vendor"
VERIFIER: Final = ROOT / "verify_receipt.py"
FONTS: Final = {"Sarabun-Regular": "sarabun-400", "Sarabun-SemiBold": "sarabun-600", "Sarabun-Bold": "sarabun-700"}

_TYPES: Final = {".woff2": "font/woff2", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    content: bytes
    media_type: str
    version: str  # the first characters of its SHA-256


def find(name: str) -> Asset | None:
    """The asset of this name below `static/`, or None."""
    path = STATIC / name.lstrip("/")
    if ".." in path.parts or "\0" in name:
        return None
    try:
        stamp = path.stat()
    except OSError:  # not there, or a name longer than any file's
        return None
    if not S_ISREG(stamp.st_mode):
        return None
    return _read(path, stamp.st_mtime_ns, stamp.st_size)


def address(name: str) -> str:
    """The path to link: it changes when the content does, so that it can be kept for ever."""
    asset = find(name)
    return f"/static/{name}?v={asset.version}" if asset else f"/static/{name}"


@lru_cache(maxsize=256)
def _read(path: Path, _changed: int, _size: int) -> Asset:
    content = path.read_bytes()
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(content, media_type, hashlib.sha256(content).hexdigest()[:12])


def make() -> None:
    """Bring fonts and htmx from their packages into `static/vendor/`."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    htmx = files("js_lib_htmx") / "static" / "htmx" / "htmx.min.js"
    (VENDOR / "htmx.min.js").write_bytes(htmx.read_bytes())
    for source, name in FONTS.items():
        _make_woff2(source, VENDOR / f"{name}.woff2")


def _make_woff2(source: str, target: Path) -> None:
    """Compress one TTF of Sarabun as WOFF2, glyphs and shaping tables whole."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # only at set-up

    with (files("fontpkg_sarabun") / "files" / f"{source}.ttf").open("rb") as file:
        font = TTFont(file)
        font.flavor = "woff2"
        font.save(target)


if __name__ == "__main__":
    make()
