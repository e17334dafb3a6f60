"""What is refused about offers of goods. No message repeats what was typed."""

from fund.errors import MalformedError, NotFoundError, StateError, TooLargeError, WrongTypeError


class OfferNotFoundError(NotFoundError):
    """No such offer, or another's secret: the answer is the same."""


class WhatMissingError(MalformedError):
    message = "Write in a few words what it is."


class GiverMissingError(MalformedError):
    message = "Write who offers it."


class ContactMissingError(MalformedError):
    message = "Write a phone number or an e-mail address, so that we can answer."


class PhoneWrongError(MalformedError):
    message = "This phone number is not complete."


class WantedByError(MalformedError):
    message = "Choose a day from today to a year ahead."


class WordsTooLongError(MalformedError):
    message = "Write no more than {longest} characters."


class ChoiceMissingError(MalformedError):
    message = "Choose one of these."


class OfferErasedError(StateError):
    message = "What this offer said was erased after its time."


class PartError(MalformedError):
    message = "Write how many are accepted: at least one, and fewer than were offered."


class PhotoTypeError(WrongTypeError):
    message = "Choose a photo: JPEG, PNG or WebP."


class PhotoTooLargeError(TooLargeError):
    message = "This photo is too large. Send one of up to 8 MB and 50 megapixels."


class PhotoBrokenError(MalformedError):
    message = "This photo cannot be read. Take it anew, or send another one."


class TooManyPhotosError(StateError):
    message = "{most} photos are enough. Thank you."


class PhotoKnownError(StateError):
    message = "We have this photo already."
