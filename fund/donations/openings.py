"""Campaigns before they are opened: a province's districts, a school's or temple's appeal, their codes and addresses.

Refuses an English name from which no address can be made.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from fund import codes, postings
from fund.errors import MalformedError

GENERAL_SLUG: Final = "general"
GENERAL_FUND: Final = "GEN"
_LONGEST_SLUG: Final = 60


class CampaignAddressError(MalformedError):
    message = "Write the English name in letters A to Z: it becomes the campaign's address."


@dataclass(frozen=True, slots=True)
class District:
    """A district of the province's data set; its fund is `D<code>`."""

    code: str
    name_th: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A campaign to be opened; `closes_on` is the first day on which it is closed again."""

    code: str
    slug: str
    name_th: str
    name_en: str
    purpose_th: str
    purpose_en: str
    fund: str
    opens_on: date
    district: str = ""
    income: str = postings.TEN_BAHT_DONATIONS
    parent_id: UUID | None = None
    closes_on: date | None = None


def general(prefix: str, province_th: str, province_en: str, opens_on: date) -> Opening:
    """The province's own campaign, for whoever chooses no district. `prefix` begins every code, e.g. KK."""
    return Opening(
        code=codes.with_check(f"{prefix}0000"),
        slug=GENERAL_SLUG,
        name_th=f"ทั้งจังหวัด{province_th}",
        name_en=f"All of {province_en}",
        purpose_th=f"ช่วยเด็กทั่วจังหวัด{province_th}ที่กำลังจะหลุดจากโรงเรียน ให้ได้เรียนต่อ",
        purpose_en=f"Helps children all over {province_en} who are about to drop out to stay in school",
        fund=GENERAL_FUND,
        opens_on=opens_on,
    )


def of_district(prefix: str, district: District, opens_on: date) -> Opening:
    """A district's campaign, feeding the district's fund."""
    return Opening(
        code=codes.with_check(f"{prefix}{district.code}"),
        slug=slug(district.name_en),
        name_th=f"อำเภอ{district.name_th}",
        name_en=f"{district.name_en} district",
        purpose_th=f"ช่วยเด็กในอำเภอ{district.name_th}ที่กำลังจะหลุดจากโรงเรียน ให้ได้เรียนต่อ",
        purpose_en=f"Helps children in {district.name_en} district who are about to drop out to stay in school",
        fund=f"D{district.code}",
        district=district.code,
        opens_on=opens_on,
    )


def slug(name_en: str) -> str:
    """The word in a campaign's address, made from its English name. Raises CampaignAddressError."""
    plain = unicodedata.normalize("NFKD", name_en).encode("ascii", "ignore").decode().lower()
    word = re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_SLUG].strip("-")
    if not word:
        raise CampaignAddressError()
    return word
