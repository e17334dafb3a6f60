"""What the receipts refuse, one small class per refusal.

Knows nothing of HTTP or of languages: `message` is the English source text of a catalogue entry,
`facts` fill its braces. Whoever shows it translates it.
"""

from typing import Any, Final


class ReceiptError(Exception):
    """Anything the receipts refuse."""

    message: str = "The receipt was refused."

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.message.format(**facts))


class FactsError(ReceiptError):
    """A value that cannot stand on a receipt; `field` names it, its contents are not repeated."""

    message = "This cannot stand on a receipt: {field}."


class UnknownKindError(ReceiptError):
    message = "There is no kind of receipt called {kind}."


class ReceiptNotFoundError(ReceiptError):
    """No such receipt, or not yours: the answer is the same."""

    message = "No receipt has this number and code."


class AlreadyVoidError(ReceiptError):
    message = "The receipt {number} was already voided."


class AlreadyIssuedError(ReceiptError):
    """An entry has one receipt that is not void, at most: another may replace it once it is void."""

    message = "This gift already has a receipt. Void that one first, then replace it."


class VoidReasonError(ReceiptError):
    message = "Say in up to 200 characters why the receipt is voided."


class AmountNotWritableError(ReceiptError):
    """Words are for what was paid: nothing below zero."""

    message = "An amount below zero has no words."


class RenderError(ReceiptError):
    """The paper could not be made inside its limits of time, memory and computing."""

    message = "The paper could not be made. Try again in a minute."


class SigningFileError(ReceiptError):
    message = "The signing file {path} holds no RSA or EC key with its certificate."


class SigningFileOpenError(ReceiptError):
    message = "The signing file {path} can be read by others. Give it to its owner alone: chmod 600."


class SigningPasswordError(ReceiptError):
    message = "The password does not open the signing file {path}. SIGNING_PASSWORD_FILE names the file it stands in."


class CertificateExpiredError(ReceiptError):
    message = "The signing certificate of {name} was valid until {day}. Put a new one in its place."


class CertificateNotYetError(ReceiptError):
    message = "The signing certificate of {name} is not valid before {day}."


class NotPdfError(ReceiptError):
    message = "This cannot be read as a PDF."


class QrError(ReceiptError):
    """A payload that is not exactly a Thai payment QR; `reason` is a short code, `message` says it in words."""

    reasons: Final = {
        "amount": "The amount in this QR code is wrong.",
        "application": "This QR code is not PromptPay's.",
        "biller": "A biller ID has 15 digits.",
        "checksum": "The check sum of this QR code is wrong.",
        "country": "This QR code is not for Thailand.",
        "currency": "This QR code is not in baht.",
        "duplicate": "A part of this QR code comes twice.",
        "e-wallet": "An e-wallet ID has 15 digits.",
        "empty": "There is nothing in this QR code.",
        "field": "A part of this QR code has a form it must not have.",
        "format": "This QR code does not begin as a payment QR code does.",
        "length": "A length in this QR code is wrong.",
        "missing": "A part of this QR code is missing.",
        "not-ascii": "This QR code has characters it must not have.",
        "not-slip": "This QR code is not one from a bank slip.",
        "payee": "This QR code names no payee, or two.",
        "phone": "A mobile number has 10 digits and begins with 06, 08 or 09.",
        "reference": "A reference has 1 to 20 characters, A to Z and 0 to 9.",
        "tax-id": "This 13-digit ID is not valid.",
        "too-long": "This is too long for a QR code.",
        "trailing": "Something follows the check sum of this QR code.",
        "unlike": "Two ways of making this QR code disagree, so it is not handed out.",
    }

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.message = self.reasons[reason]
        super().__init__(reason=reason)
