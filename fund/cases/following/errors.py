"""What following a child refuses: acts out of turn, sharing without consent, looks at what is somebody else's."""

from fund.errors import MalformedError, NotFoundError, StateError


class MatterNotFoundError(NotFoundError):
    """No such referral, follow-up or complaint, or not one of theirs: the answer is the same."""


class NotInThisStateError(StateError):
    message = "Somebody was quicker: this is at another state now. Look at it again."


class OfficeError(MalformedError):
    message = "Choose one of the offices."


class NothingSharedError(MalformedError):
    message = "Choose what the office is told: at least one of these."


class StillReferredError(StateError):
    message = "This office has the child's referral already."


class ComplaintMissingError(MalformedError):
    message = "Say what it is about, or write it in a few words."


class ComplaintDistrictError(MalformedError):
    message = "Choose the district where you live."
