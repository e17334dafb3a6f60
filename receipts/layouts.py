"""Laid-out papers, kept: the next paper with the same tags has only its other words set anew, and is drawn by itself.

Knows, of a page as WeasyPrint laid it out, which words and which picture stand in which block. A paper is only poured
into it where every changed block keeps its lines, their places and their marks: then the page that comes out is the one
that a layout from the start would have made, to the byte. Refuses every other paper, which is then laid out whole.
"""

import re
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from html import unescape
from typing import Any, Final
from xml.etree.ElementTree import Element

from weasyprint import DEFAULT_OPTIONS
from weasyprint.document import Document
from weasyprint.formatting_structure import boxes, build
from weasyprint.images import SVGImage
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.layout.background import layout_box_backgrounds
from weasyprint.layout.block import block_container_layout

_PIECES: Final = re.compile(r'(<[^>]*? d="|"[^>]*>|<[^>]*>)')
_SVG: Final = "{http://www.w3.org/2000/svg}"
_GEOMETRY: Final = ("margin_", "padding_", "border_", "min_", "max_", "position_")
_SIDES: Final = ("width", "left", "right")
_ENDLESS: Final = 10**9
_MOST_SHAPES: Final = 16
_MOST_ALIKE: Final = 4


class OtherShapeError(Exception):
    """The paper does not fit into the layout."""


class LaidOut(Document):  # type: ignore[misc]
    """A document that still knows how it was laid out."""

    context: Any = None

    @classmethod
    def _build_layout_context(cls, *given: Any) -> Any:
        cls.context = super()._build_layout_context(*given)
        return cls.context

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.context = type(self).context


def taken_apart(html: str) -> tuple[str, tuple[str, ...]]:
    """A paper's shape (its tags) and its words: texts between tags, and the paths of its pictures."""
    pieces = _PIECES.split(html)
    told = {number for number in range(0, len(pieces), 2) if pieces[number].strip()}
    shape = (piece for number, piece in enumerate(pieces) if number not in told)
    return "\0".join(shape), tuple(unescape(pieces[number]) for number in sorted(told))


def laid_out(source: Any, fonts: Any, options: dict[str, Any]) -> Any:
    """A paper laid out from the start, by the style sheets and the variant of PDF in `options`."""
    return LaidOut._render(source, fonts, None, None, {**DEFAULT_OPTIONS, **options})


class Kept:
    """The layouts of the last papers, by style and shape; a shape has several where its lines differ."""

    def __init__(self) -> None:
        self._layouts: OrderedDict[tuple[str, str], list[Layout]] = OrderedDict()

    def poured(self, style: str, html: str) -> Any:
        """The paper as a document, or None where no layout fits it."""
        shape, words = taken_apart(html)
        for layout in self._layouts.get((style, shape), []):
            with suppress(OtherShapeError):
                return layout.pour(words)
        return None

    def keep(self, style: str, html: str, document: Any) -> None:
        """Remember the layout of a paper that is quite in order."""
        shape, words = taken_apart(html)
        with suppress(OtherShapeError):
            alike = self._layouts.setdefault((style, shape), [])
            alike.insert(0, Layout(document, words))
            del alike[_MOST_ALIKE:]
        while len(self._layouts) > _MOST_SHAPES:
            self._layouts.popitem(last=False)

    def forget(self) -> None:
        """Let everything go."""
        self._layouts.clear()

    @staticmethod
    def is_usual(document: Any) -> bool:
        """Whether the fonts of a paper that was drawn hold the usual glyphs alone."""
        return all(len(font.to_unicode) == font.usual for font in document.fonts.values())


class Layout:
    """One page as it was laid out, with the words that stand in it now."""

    def __init__(self, document: Any, words: tuple[str, ...]) -> None:
        """Raises OtherShapeError where it cannot be told which words stand where."""
        self._document, self._context = document, document.context
        self._root = document._html.etree_element
        self._parents = {child: parent for parent in self._root.iter() for child in parent}
        self._words, self._places = words, tuple(_places(self._root))
        if (
            len(document.pages) != 1
            or document.pages[0].links
            or tuple(_said(*place) for place in self._places) != words
        ):
            raise OtherShapeError()
        self._page = document.pages[0]._page_box
        self._boxes: dict[Element, Any] = {}
        for box in _all(self._page):
            if box.element is not None and isinstance(box, boxes.BlockContainerBox | boxes.ReplacedBox):
                self._boxes.setdefault(box.element, box)  # its own, not the nameless ones in it

    def pour(self, words: tuple[str, ...]) -> Any:
        """The document with these words instead. Raises OtherShapeError, and is as it was."""
        before = self._words
        self._write(words)
        try:
            anew = [self._anew(box) for box in self._touched(before, words)]
        except OtherShapeError:
            self._write(before)
            raise
        for box, changed in anew:
            box.__dict__.update(changed)
        self._document.metadata.title = self._root.findtext("head/title")
        return self._document.copy()

    def _write(self, words: tuple[str, ...]) -> None:
        if len(words) != len(self._places):
            raise OtherShapeError()
        for (element, place), old, new in zip(self._places, self._words, words, strict=True):
            if old != new:
                _write(element, place, new)
        self._words = words

    def _touched(self, before: tuple[str, ...], words: tuple[str, ...]) -> list[Any]:
        found: dict[int, Any] = {}
        for (element, place), old, new in zip(self._places, before, words, strict=True):
            if old != new and element.tag != "title":
                box = self._box_of(self._parents[element] if place == "tail" else element)
                if box.bookmark_label:
                    raise OtherShapeError()
                found[id(box)] = box
        return list(found.values())

    def _box_of(self, element: Element) -> Any:
        while element not in self._boxes:
            if element not in self._parents:
                raise OtherShapeError()
            element = self._parents[element]
        return self._boxes[element]

    def _anew(self, old: Any) -> tuple[Any, dict[str, Any]]:
        """What changes of a box when its words are set anew."""
        context = self._context
        if isinstance(old, boxes.ReplacedBox):
            return old, {"replacement": SVGImage(old.element, None, self._document.url_fetcher, context)}
        box = self._built(old.element)
        _take_place(box, old)
        context.current_page = 1
        context._excluded_shapes_root_boxes, context._excluded_shapes = [None], {None: []}  # nothing stands beside it
        absolute: list[Any] = []
        laid_out = block_container_layout(
            context, box, -_ENDLESS, None, True, absolute, [], [], None, None, False, None
        )[0]
        if laid_out is None or absolute or _frame(laid_out) != _frame(old):
            raise OtherShapeError()
        for child in laid_out.children:
            layout_box_backgrounds(self._page, child, context.get_image_from_uri)
        return old, {"children": laid_out.children}

    def _built(self, element: Element) -> Any:
        context = self._context
        box, *more = build.element_to_box(
            element, context.style_for, context.get_image_from_uri, None,
            context.target_collector, context.counter_style, context.footnotes,
        )  # fmt: skip
        if more or not isinstance(box, boxes.BlockContainerBox):
            raise OtherShapeError()
        box.process_whitespace()
        box.process_text_transform()
        return build.create_anonymous_boxes(box)


def _places(root: Element) -> Iterator[tuple[Element, str]]:
    """Where words stand, in the order of the page: an element's text, what follows it, or a picture's path."""
    for element in root:
        if element.tag == f"{_SVG}path":
            yield element, "d"
        if (element.text or "").strip():
            yield element, "text"
        yield from _places(element)
        if (element.tail or "").strip():
            yield element, "tail"


def _said(element: Element, place: str) -> str:
    return str(element.get("d") if place == "d" else getattr(element, place))


def _write(element: Element, place: str, words: str) -> None:
    if place == "d":
        element.set("d", words)
    else:
        setattr(element, place, words)


def _all(box: Any) -> Iterator[Any]:
    box = box._box if isinstance(box, AbsolutePlaceholder) else box
    yield box
    for child in getattr(box, "children", ()):
        yield from _all(child)


def _take_place(box: Any, old: Any) -> None:
    """Stand where the old box stands, as wide as it; margins are in the place already."""
    for name, value in old.__dict__.items():
        if name.startswith(_GEOMETRY) or name in _SIDES:
            setattr(box, name, value)
    box.height = "auto" if old.style["height"] == "auto" else old.height
    box.position_x += old.margin_left
    box.position_y += old.margin_top
    box.margin_top = box.margin_bottom = box.margin_left = box.margin_right = 0


def _frame(box: Any) -> tuple[Any, ...]:
    """What must not change: how high a box is, and the order, the marks and the heights of all that is in it."""
    return box.height, tuple(_outline(child) for child in box.children)


def _outline(box: Any) -> tuple[Any, ...]:
    kind = (type(box), box.element_tag, bool(getattr(box, "text", "x").strip()))
    if isinstance(box, boxes.TextBox):
        return kind
    place = (box.position_y, box.height) if isinstance(box, boxes.BlockBox | boxes.LineBox) else ()
    return (*kind, *place, *(_outline(child) for child in getattr(box, "children", ())))
