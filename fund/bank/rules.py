"""Rules that staff teach, as values: which lines they speak of, and what they say those are.

Knows text as it is compared, folded. Refuses nothing: whether two rules disagree is for `matching` to say.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Rule:
    """Lines of this account (empty: any) and direction whose text holds (or is) these words are of a kind."""

    id: UUID
    account: str
    came_in: bool
    words: str  # folded
    is_whole: bool
    least_satang: int
    most_satang: int
    kind: str  # a kind of `explaining.EXPLANATIONS`, or `campaign`
    campaign_id: UUID | None
    taught_by: str

    @property
    def says(self) -> tuple[str, UUID | None]:
        """What a line is, if this rule is right."""
        return self.kind, self.campaign_id

    @property
    def told(self) -> str:
        """The rule and its author, for people."""
        return f"{self.words} ({self.taught_by})"

    def speaks_of(self, account: str, amount_satang: int, text: str) -> bool:
        """Whether a line is meant; `text` folded."""
        return (
            (amount_satang > 0) == self.came_in
            and self.least_satang <= abs(amount_satang) <= self.most_satang
            and self.account in ("", account)
            and (text == self.words if self.is_whole else self.words in text)
        )


def folded(text: str) -> str:
    """What texts are compared by: without differences of case, width and blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def speaking(rules: Iterable[Rule], account: str, amount_satang: int, texts: Iterable[str]) -> list[Rule]:
    """The rules that speak of a line."""
    told = [folded(text) for text in texts if text]
    return [rule for rule in rules if any(rule.speaks_of(account, amount_satang, one) for one in told)]
