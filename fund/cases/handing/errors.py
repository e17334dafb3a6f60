"""What handing over refuses. No message repeats what was typed, and none says whose case it is but by its code."""

from fund.errors import ForbiddenError, MalformedError, NotFoundError, StateError


class HandoverNotFoundError(NotFoundError):
    """No such handover, or not one of theirs: the answer is the same."""


class LinkOverError(NotFoundError):
    """Used, late, taken back or never made: the answer is the same."""

    message = "This link is no longer valid. Ask who gave it to you for a new one."


class NotInThisStateError(StateError):
    message = "Somebody was quicker: this stands otherwise now. Look at it again."


class NotOutError(StateError):
    message = "This money is not on its way any more. Nothing is to be handed over."


class AnswerMissingError(MalformedError):
    message = "Say whether the help has arrived."


class ProblemMissingError(MalformedError):
    message = "Say in a few words what is wrong."


class SignerMissingError(MalformedError):
    message = "Write the name of who signs, and how they belong to the child."


class OwnHandoverError(ForbiddenError):
    message = "Who hands over cannot sign for the family. A colleague hands this over."


class OwnEvidenceError(ForbiddenError):
    message = "Somebody else decides on this: not who asked for the money, nor who handed the paper in."


class SecondPersonError(ForbiddenError):
    message = "A second person must state this too: not the one who wrote it."


class SignatureMissingError(MalformedError):
    message = "Draw the signature in the box."


class EvidenceKindError(MalformedError):
    message = "Choose what this paper is."


class EvidenceMissingError(MalformedError):
    message = "Choose the picture or the PDF."


class PictureBrokenError(MalformedError):
    message = "This picture cannot be read. Take it anew, as JPEG or PNG."


class KnownPictureError(StateError):
    """Where it was seen is not told: it may be another family's."""

    message = "This picture or paper was handed in before. Each handing over needs its own."


class PhotosNotAgreedError(StateError):
    message = "The family did not agree to photos. Ask them first, or hand in the voucher."


class DecidedError(StateError):
    message = "This was decided already. Look at it again."


class NotStatedByTwoError(StateError):
    message = "One person alone states this. It counts once a second one has stated it too."


class LateEvidenceError(StateError):
    message = "Evidence is late for case {code}, since {day}. Hand it in first; then ask for more."
