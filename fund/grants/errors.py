"""What grants refuse, one small class per refusal."""

from fund.errors import ForbiddenError, MalformedError, NotFoundError, StateError


class NotInThisStateError(StateError):
    """The table of states has no such step."""

    message = "This cannot be done any more, or not yet. Reload the page and look again."


class GrantNotFoundError(NotFoundError):
    message = "There is no such request or grant."


class GrantRoleError(ForbiddenError):
    message = "Your role does not do this in this district."


class OwnPaymentError(ForbiddenError):
    message = "You are the one who is paid here, or have the same name. Somebody else takes this step."


class WantedError(MalformedError):
    message = "A request says what for, how much, when, to whom, for which term, and how urgent it is."


class PlanError(MalformedError):
    """Nothing to pay, an amount of zero, too many parts, or days in disorder."""

    message = "Each part of a grant is more than 0 baht, and no part is due before the one before it."


class WordsError(MalformedError):
    message = "Say why, in {longest} characters at most."


class PayeeError(MalformedError):
    message = "A payee has a name, and a PromptPay number or a bank account; whoever gets cash has neither."


class EditedError(StateError):
    """What was approved is not what stands there now."""

    message = "This request was changed meanwhile. Look at it again before you decide."


class ApprovalMissingError(StateError):
    message = "This needs {count} more approval before it can be awarded."


class OtherAmountError(StateError):
    message = "The bank moved another amount than this payment's: {expected} baht."


class AboveRestError(StateError):
    message = "No more than {rest} baht is left of this."


class LaterError(MalformedError):
    message = "A rule counts from a day to come: tomorrow at the earliest."


class RuleError(MalformedError):
    message = "This is no rule that could be changed so."


class RuleNotFoundError(NotFoundError):
    message = "There is no such proposal."


class RuleAgreedError(StateError):
    message = "This was agreed already, or another rule begins on the same day."


class RuleLateError(StateError):
    message = "The day from which this would count has come. Propose it anew."
