"""What the case store refuses. No message repeats what was typed: it would be a child's."""

from fund.errors import ForbiddenError, MalformedError, NotFoundError, StateError


class CaseNotFoundError(NotFoundError):
    """No such case, or not one of theirs: the answer is the same."""


class ChildNameMissingError(MalformedError):
    message = "Write the child's name."


class NationalIdError(MalformedError):
    message = "This ID number is not right. Look at its 13 digits again; leave it empty where there is none."


class OtherIdError(MalformedError):
    message = "Another number has letters and digits, 20 at most."


class BirthDateError(MalformedError):
    message = "Look at the birth date again: day, month and year, not in the future."


class BuddhistYearError(MalformedError):
    message = "Write the year of the Christian era: the Buddhist year less 543."


class ChoiceError(MalformedError):
    message = "Choose one of these."


class PhoneError(MalformedError):
    message = "A phone number has 9 or 10 digits and begins with 0."


class PromptPayIdError(MalformedError):
    message = "PromptPay goes to a phone number or to a 13-digit ID."


class BankAccountError(MalformedError):
    message = "A bank account has 10 to 15 digits. Choose its bank too."


class CountError(MalformedError):
    message = "Write a whole number from 0 to 99."


class TextTooLongError(MalformedError):
    message = "This is too long: {longest} characters at most."


class WordsMissingError(MalformedError):
    message = "Write it in a few words."


class PlaceOfCaseError(MalformedError):
    message = "Choose one of your districts, and a school in it."


class PurposeMissingError(MalformedError):
    """Nobody sees who a child is without saying why."""

    message = "Say why you look. It is written down with your name."


class KnownChildError(StateError):
    """The child has a case already; its code is in `facts`, for whoever may know it."""

    message = "This child has a case already: {code}"


class ErasedChildError(StateError):
    message = "What we knew of this child was erased. Nothing more is written here."


class NotInThisStageError(StateError):
    message = "The case is at another stage now. Look at it again."


class NotTheirActError(ForbiddenError):
    message = "Your role does not do this. Who may do what is on the page of powers."


class ReasonMissingError(MalformedError):
    message = "Say why, in a few words."


class ConsentMissingError(StateError):
    message = "There is no consent to this. Ask the family first, and keep their signature."


class ConsentOverError(StateError):
    message = "This consent was withdrawn already."


class ConsentOfAgeError(MalformedError):
    message = "From the age of 20 on only they themselves consent, and nobody under 20 does so alone."


class OwnConsentError(ForbiddenError):
    message = "You cannot take your own consent. Say on the case that you are tied to the child; a colleague takes it."


class SignatureMissingError(MalformedError):
    message = "Have it signed on the screen, or choose the signed paper."


class PaperKnownError(StateError):
    message = "This paper is in the case already."


class NoScopeError(MalformedError):
    message = "Say what they agree to: at least one of these."


class DayError(MalformedError):
    message = "Look at the day again: not in the future."
