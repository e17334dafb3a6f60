"""Pictures lose what cameras write beside them and keep every pixel; one picture is known again, two are not one."""

import math
import random
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter
from PIL.PngImagePlugin import PngInfo

from fund.cases.handing import likeness_worker, pictures
from fund.cases.handing.pictures import ALIKE

SECRET: Final = b"16.4419N 102.8360E"
ORIENTATION, MAKE, GPS, THUMBNAIL = 0x0112, 0x010F, 0x8825, 0x0201
SCENES: Final = 40
FEWEST_FOUND, MOST_MISTAKEN = 95, 1  # per cent


def a_scene(seed: int) -> Image.Image:
    """Something like a photograph: a light, things before it, grain."""
    chance = random.Random(seed)
    scene = Image.new("RGB", (320, 240))
    draw = ImageDraw.Draw(scene)
    lean, top, bottom = chance.uniform(-1, 1), chance.randrange(60, 240), chance.randrange(20, 200)
    for y in range(240):
        shade = round(top + (bottom - top) * y / 240 + 20 * math.sin(y / 30 + lean))
        draw.line([(0, y), (319, y)], fill=(shade, shade, max(shade - 20, 0)))
    for _ in range(chance.randrange(6, 14)):
        x, y, size = chance.randrange(-40, 320), chance.randrange(-40, 240), chance.randrange(30, 150)
        shape = draw.ellipse if chance.random() < 0.5 else draw.rectangle
        shape([x, y, x + size, y + chance.randrange(30, 150)], fill=tuple(chance.randrange(256) for _ in "rgb"))
    return scene.filter(ImageFilter.GaussianBlur(2))


def as_jpeg(scene: Image.Image, **how: Any) -> bytes:
    kept = BytesIO()
    scene.save(kept, "JPEG", **({"quality": 90} | how))
    return kept.getvalue()


def from_a_camera(scene: Image.Image, **how: Any) -> bytes:
    """A JPEG with all that telephones write: place, camera, side, words, and a film behind its end."""
    notes = Image.Exif()
    notes[ORIENTATION], notes[MAKE] = 6, SECRET.decode()
    notes.get_ifd(GPS).update({1: "N", 29: SECRET.decode()})
    told = as_jpeg(scene, exif=notes, comment=SECRET, **how)
    words = b"http://ns.adobe.com/xap/1.0/\0" + SECRET
    more = b"".join(b"\xff" + bytes([mark]) + struct.pack(">H", len(words) + 2) + words for mark in (0xE1, 0xED, 0xE2))
    return told[:2] + more + told[2:] + b"ftypmp42" + SECRET


def from_a_screen(scene: Image.Image) -> bytes:
    words, kept = PngInfo(), BytesIO()
    words.add_text("Location", SECRET.decode())
    words.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    notes = Image.Exif()
    notes[MAKE] = SECRET.decode()
    scene.save(kept, "PNG", pnginfo=words, exif=notes)
    own = struct.pack(">I", len(SECRET)) + b"orNT" + SECRET + struct.pack(">I", zlib.crc32(b"orNT" + SECRET))
    return kept.getvalue()[:33] + own + kept.getvalue()[33:] + SECRET


KINDS: Final[dict[str, Callable[[Image.Image], bytes]]] = {
    "JPEG": from_a_camera,
    "JPEG in steps": lambda scene: from_a_camera(scene, progressive=True),
    "JPEG with marks to start again": lambda scene: from_a_camera(scene, restart_marker_blocks=4),
    "JPEG in grey": lambda scene: from_a_camera(scene.convert("L")),
    "JPEG for print": lambda scene: from_a_camera(scene.convert("CMYK")),
    "PNG": from_a_screen,
    "PNG with a palette": lambda scene: from_a_screen(scene.quantize(32)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_camera_wrote_is_gone_and_every_pixel_is_there(kind: str) -> None:
    content = KINDS[kind](a_scene(1))
    kept = pictures.cleaned(content)
    assert SECRET in content and SECRET not in kept.content  # the control, and what is kept
    before, after = Image.open(BytesIO(content)), Image.open(BytesIO(kept.content))
    assert (before.mode, before.tobytes()) == (after.mode, after.tobytes())
    notes = dict(after.getexif())
    assert notes == ({ORIENTATION: 6} if kept.ending == "jpg" else {})


CHANGES: Final[dict[str, Callable[[Image.Image], Image.Image]]] = {
    "saved again": lambda scene: Image.open(BytesIO(as_jpeg(scene, quality=40))),
    "smaller": lambda scene: scene.resize((160, 120)),
    "brighter": lambda scene: ImageEnhance.Brightness(scene).enhance(1.08),
    "duller": lambda scene: ImageEnhance.Contrast(scene).enhance(0.9),
    "without colour": lambda scene: scene.convert("L"),
}


def bits(scene: Image.Image) -> tuple[int, ...]:
    return tuple(likeness_worker.bands(as_jpeg(scene)))


def found_and_mistaken(most: int) -> tuple[int, int]:
    """Of a hundred changed pictures how many are known again, and of a hundred pairs how many are taken for one."""
    scenes = [a_scene(seed) for seed in range(SCENES)]
    known = [(bits(scene), scene) for scene in scenes]
    again = [
        pictures.distance(first, bits(change(scene))) <= most
        for first, scene in known if first for change in CHANGES.values()
    ]  # fmt: skip
    looks = [first for first, _ in known if first]
    twins = [pictures.distance(one, other) <= most for place, one in enumerate(looks) for other in looks[place + 1 :]]
    return 100 * sum(again) // len(again), -(-100 * sum(twins) // len(twins))


def test_a_picture_is_known_again_and_two_scenes_are_not_one() -> None:
    found, mistaken = found_and_mistaken(ALIKE)
    assert found >= FEWEST_FOUND and mistaken <= MOST_MISTAKEN, (found, mistaken)


@pytest.mark.parametrize("most", [0, 24])
def test_another_limit_finds_too_few_or_mistakes_too_many(most: int) -> None:
    """The control on both sides."""
    found, mistaken = found_and_mistaken(most)
    assert found < FEWEST_FOUND or mistaken > MOST_MISTAKEN
