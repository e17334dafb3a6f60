"""Every refusal of the receipts can be told in Thai, and names what it is about."""

import re
from pathlib import Path

from babel.messages.pofile import read_po

from receipts import errors
from receipts.errors import QrError, ReceiptError

CATALOGUE = Path(__file__).parents[2] / "fund" / "locale" / "th" / "receipts.po"


def test_every_message_has_thai_words_with_the_same_facts() -> None:
    with CATALOGUE.open("rb") as file:
        thai = {str(message.id): str(message.string) for message in read_po(file, locale="th") if message.id}
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ReceiptError)]
    messages = {kind.message for kind in kinds} | set(QrError.reasons.values())
    assert messages == set(thai)
    for english, words in thai.items():
        assert re.search("[ก-ฮ]", words) and re.findall(r"\{\w+\}", english) == re.findall(r"\{\w+\}", words)


def test_a_refusal_says_what_it_refused() -> None:
    assert str(errors.AlreadyVoidError(number="KK-2570-000001")) == "The receipt KK-2570-000001 was already voided."
