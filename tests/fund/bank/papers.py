"""Writes real PDFs, letter by letter, so that what a reader finds in them is what banks' PDFs hold.

The typeface is embedded whole, letters stand as glyph numbers with a map back to Unicode, each piece of text has its
place: no layout engine tidies anything. A password locks a paper with AES-256.
"""

import hashlib
import os
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from receipts import fonts

TALL, WIDE = 842, 595


class _Face(NamedTuple):
    """The typeface: its file, the number and width (in thousandths) of each letter."""

    content: bytes
    glyphs: dict[str, int]
    widths: dict[str, float]


@dataclass
class Paper:
    """Pages of text; x from the left and y from the top, in points."""

    size: float = 6
    pages: list[list[tuple[float, float, str]]] = field(default_factory=lambda: [[]])
    extra: bytes = b""  # further entries of the catalogue

    def put(self, x: float, y: float, text: str) -> None:
        """Text that begins at `x`."""
        self.pages[-1].append((x, y, text))

    def right(self, x: float, y: float, text: str) -> None:
        """Text that ends at `x`."""
        width = sum(_face().widths[letter] for letter in text) * self.size / 1000
        self.put(x - width, y, text)

    def turn(self) -> None:
        """Begin a new page."""
        self.pages.append([])

    def pdf(self, password: str | None = None) -> bytes:
        """The whole as a PDF, locked where there is a password."""
        lock = _Lock(password) if password else None
        objects = [
            b"<</Type/Catalog/Pages 2 0 R" + self.extra + b">>",
            b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(self.pages), b" ".join(self._kids())),
            *_font_objects(lock),
        ]
        for page in self.pages:
            content = b"BT /F %g Tf %s ET" % (self.size, b"\n".join(_drawn(*piece) for piece in page))
            number = len(objects) + 2
            objects.append(
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>"
                % (WIDE, TALL, number)
            )
            objects.append(_stream(content, lock))
        return _file(objects, lock)

    def _kids(self) -> list[bytes]:
        return [b"%d 0 R" % (8 + 2 * index) for index in range(len(self.pages))]


class _Lock:
    """The standard lock with AES-256 (V5, R5), for who opens the file with the password."""

    def __init__(self, password: str) -> None:
        salts = os.urandom(16)
        self.key, secret = os.urandom(32), password.encode()
        user = hashlib.sha256(secret + salts[:8]).digest() + salts
        wrapped = self._aes(hashlib.sha256(secret + salts[8:]).digest(), bytes(16), self.key)
        rights = b"\xfc\xff\xff\xff\xff\xff\xff\xffTadb" + bytes(4)
        perms = Cipher(algorithms.AES(self.key), modes.ECB()).encryptor().update(rights)
        self.entry = (
            b"<</Filter/Standard/V 5/R 5/Length 256/P -4/StmF/S/StrF/S/CF<</S<</CFM/AESV3/Length 32>>>>"
            b"/U<%s>/UE<%s>/O<%s>/OE<%s>/Perms<%s>>>"
            % tuple(part.hex().encode() for part in (user, wrapped, os.urandom(48), os.urandom(32), perms))
        )

    def close(self, content: bytes) -> bytes:
        """The content of a stream, locked."""
        start, pad = os.urandom(16), 16 - len(content) % 16
        return start + self._aes(self.key, start, content + bytes([pad]) * pad)

    @staticmethod
    def _aes(key: bytes, start: bytes, content: bytes) -> bytes:
        return Cipher(algorithms.AES(key), modes.CBC(start)).encryptor().update(content)


@lru_cache(maxsize=1)
def _face() -> _Face:
    path = fonts.FOLDER / fonts.FILES[400]
    with TTFont(path, lazy=True) as font:
        named = {chr(code): name for code, name in font.getBestCmap().items()}
        scale = 1000 / font["head"].unitsPerEm
        widths = {letter: font["hmtx"][name][0] * scale for letter, name in named.items()}
        return _Face(path.read_bytes(), {letter: font.getGlyphID(name) for letter, name in named.items()}, widths)


def _drawn(x: float, y: float, text: str) -> bytes:
    glyphs = "".join(f"{_face().glyphs[letter]:04x}" for letter in text)
    return f"1 0 0 1 {x:.2f} {TALL - y:.2f} Tm <{glyphs}> Tj".encode()


def _font_objects(lock: _Lock | None) -> list[bytes]:
    """Objects 3 to 7: the font, its glyphs, its measures, its file, and the map from glyphs to letters."""
    face = _face()
    widths = " ".join(f"{face.glyphs[letter]}[{width:.0f}]" for letter, width in face.widths.items())
    codes = "\n".join(
        f"<{glyph:04x}> <{ord(letter):04x}>" for letter, glyph in face.glyphs.items() if letter < "\uffff"
    )
    lines = codes.split("\n")
    parts = [lines[n : n + 100] for n in range(0, len(lines), 100)]
    blocks = "\n".join(f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar" for part in parts)
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /S def /CMapType 2 def "
        f"1 begincodespacerange <0000> <ffff> endcodespacerange\n{blocks}\nendcmap end end"
    )
    return [
        b"<</Type/Font/Subtype/Type0/BaseFont/Sarabun/Encoding/Identity-H/DescendantFonts[4 0 R]/ToUnicode 7 0 R>>",
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Sarabun/CIDSystemInfo<</Registry()/Ordering()/Supplement 0>>"
        b"/FontDescriptor 5 0 R/CIDToGIDMap/Identity/W[%s]>>" % widths.encode(),
        b"<</Type/FontDescriptor/FontName/Sarabun/Flags 4/FontBBox[-600 -400 1500 1200]/ItalicAngle 0/Ascent 900"
        b"/Descent -300/CapHeight 700/StemV 80/FontFile2 6 0 R>>",
        _stream(face.content, lock),
        _stream(cmap.encode(), lock),
    ]


def _stream(content: bytes, lock: _Lock | None) -> bytes:
    packed = zlib.compress(content)
    packed = lock.close(packed) if lock else packed
    return b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed)


def _file(objects: list[bytes], lock: _Lock | None) -> bytes:
    parts, places, at = [b"%PDF-1.7\n"], [], 9
    for number, entry in enumerate(objects, start=1):
        places.append(at)
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, entry))
        at += len(parts[-1])
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    key = b"/Encrypt " + lock.entry if lock else b""
    trailer = b"<</Size %d/Root 1 0 R/ID[<00><00>]%s>>" % (len(objects) + 1, key)
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table))
    parts.append(b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (trailer, at))
    return b"".join(parts)
