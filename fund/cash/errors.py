"""What is refused at a cash box."""

from fund.errors import ForbiddenError, MalformedError, NotFoundError, StateError, WrongTypeError


class NotNowError(StateError):
    message = "This cannot be done with it now. Reload the page and look again."


class BoxNotFoundError(NotFoundError):
    message = "There is no such cash box."


class DepositNotFoundError(NotFoundError):
    message = "Nobody has carried this to the bank."


class BoxWordsError(MalformedError):
    message = "Write in a few words how the box is called and where it stands."


class BoxNotEmptyError(StateError):
    message = "There are {amount} baht in this box by the books. Bank them first."


class CountOpenError(StateError):
    message = "This box is being counted. Finish the count, or break it off, first."


class PiecesError(MalformedError):
    message = "Write whole numbers of notes and coins, up to 100,000 of each."


class CountReasonError(MalformedError):
    message = "Say in a few words why."


class CountedBeforeError(StateError):
    message = "You have counted. Now somebody else counts, without your figures."


class NothingCarriedError(MalformedError):
    message = "Write how much is carried out of at least one box."


class TooMuchCarriedError(StateError):
    message = "{box}: no more than {amount} baht are there to be carried."


class SlipReferenceError(MalformedError):
    message = "The slip's reference has 5 to 40 letters and digits."


class WhenError(MalformedError):
    message = "Choose the day on which it is carried."


class SlipKindError(WrongTypeError):
    message = "A slip is a PDF, JPEG or PNG."


class AccountError(MalformedError):
    message = "Choose the bank account it goes to."


class ShortAmountError(StateError):
    message = "No more than {amount} baht of this box can be short: the rest is on its way, or was never there."


class ShortAskedError(StateError):
    message = "Somebody has said already that cash of this box is short. That is decided first."


class ShortNotFoundError(NotFoundError):
    message = "Nobody has said that cash is short here."


class HandsError(ForbiddenError):
    message = "You counted or carried this cash. Somebody who had none of it in hand must say so."


class DifferentAmountError(StateError):
    message = "The bank says {line} baht, what was carried is {carried}. Write down again what was carried, then match."
