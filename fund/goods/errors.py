"""What goods refuse, one small class per refusal."""

from fund.errors import MalformedError, NotFoundError, StateError


class NotNowError(StateError):
    message = "This cannot be done with it now. Reload the page and look again."


class ThingNotFoundError(NotFoundError):
    message = "There is no such thing or size in the list."


class PlaceNotFoundError(NotFoundError):
    message = "There is no such place for goods."


class ArrivalNotFoundError(NotFoundError):
    message = "No such goods have come in."


class LotNotFoundError(NotFoundError):
    message = "There is no such lot."


class RequestNotFoundError(NotFoundError):
    message = "There is no such request for goods."


class MatterNotFoundError(NotFoundError):
    message = "There is no such count or wish to take something out."


class WordsError(MalformedError):
    message = "Write in a few words how it is called, in Thai and in English, and the unit."


class KnownNameError(StateError):
    message = "There is one of this name already."


class QuantityError(MalformedError):
    message = "Write whole numbers, up to 1,000,000; together more than nothing."


class RejectedError(MalformedError):
    message = "Say why goods were not accepted; leave it empty where all were."


class ConditionError(MalformedError):
    message = "Choose the condition: new, good or worn."


class ExpiredError(MalformedError):
    message = "Goods that have expired are not accepted."


class WorthError(MalformedError):
    message = "Write what one unit is worth, more than 0 baht, and on what this rests."


class ReasonError(MalformedError):
    message = "Say in a few words why."


class ChoiceError(MalformedError):
    message = "Choose one of the reasons."


class NotEnoughError(StateError):
    message = "No more than {free} of this are here and not promised."


class NotInStockError(StateError):
    message = "No more than {free} of {quantity} are in store for this district. The request waits."


class BeyondIssueError(StateError):
    message = "No more than {rest} of this were handed out and not brought back."


class SamePlaceError(MalformedError):
    message = "Choose another place than where it lies."


class PromisedError(StateError):
    message = "{count} of this are promised. Cancel an award first, then book what is missing."


class CountOpenError(StateError):
    message = "A count of this differs and is not explained yet."


class DayError(MalformedError):
    message = "Write the day as day, month and year."


class OfferError(MalformedError):
    message = "There is no such offer."
