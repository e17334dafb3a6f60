"""The overview's figures as rows of text, for files to take away, and as the number on a tile.

Amounts in baht. What is shown here is what was counted; nothing is counted here.
"""

from collections.abc import Mapping, Sequence

from fund.overview.figures import ANSWERS, FIGURES, OF_CHILDREN, OF_MONEY, Counted, OfDistrict, OfSchool
from ledger.money import format_plain_baht

Names = Mapping[str, tuple[str, str]]
Table = tuple[list[str], list[list[str]]]


def of_districts(counted: Counted, names: Names) -> Table:
    """A row a district, and one for all of them together."""
    heading = ["period", "counted_at", "district", "name_th", "name_en", *map(_column, FIGURES)]
    told = [counted.period, counted.counted_at.isoformat(timespec="seconds")]
    rows = [
        [*told, one.district, *_name(names, f"district:{one.district}"), *_figures(one)]
        for one in (*counted.districts, counted.total)
    ]
    return heading, rows


def of_district(counted: Counted, district: str, schools: Sequence[OfSchool], names: Names) -> Table:
    """The district itself, its schools, and the offices that its children were referred to, each marked as such."""
    heading = ["period", "counted_at", "kind", "code", "name_th", "name_en", *map(_column, FIGURES), *ANSWERS]
    told = [counted.period, counted.counted_at.isoformat(timespec="seconds")]
    none, no_answers = [""] * len(FIGURES), [""] * len(ANSWERS)
    whole = [*told, "district", district, *_name(names, f"district:{district}"), *_figures(counted.of(district))]
    rows = [[*whole, *no_answers]]
    for one in schools:
        of = _figures(OfDistrict(district, one.children))
        of = [text if name in OF_CHILDREN else "" for name, text in zip(FIGURES, of, strict=True)]
        rows.append([*told, "school", one.school, *_name(names, f"school:{one.school}"), *of, *no_answers])
    for office, answers in counted.offices_of(district):
        said = [str(getattr(answers, name)) for name in ANSWERS]
        rows.append([*told, "office", office, *_name(names, f"office:{office}"), *none, *said])
    return heading, rows


def on_tile(of: OfDistrict, figure: str) -> int | None:
    """The number on a district's tile; money in thousands of baht."""
    value = of.figure(figure)
    return (value + 50_000) // 100_000 if value is not None and figure in OF_MONEY else value


def _figures(of: OfDistrict) -> list[str]:
    return [_text(name, of.figure(name)) for name in FIGURES]


def _text(name: str, value: int | None) -> str:
    if value is None:
        return ""
    return format_plain_baht(value) if name in OF_MONEY else str(value)


def _column(name: str) -> str:
    return name.replace("_satang", "_baht")


def _name(names: Names, scope: str) -> tuple[str, str]:
    return names.get(scope, ("", ""))
