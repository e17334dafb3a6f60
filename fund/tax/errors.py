"""What rules about tax refuse."""

from fund.errors import MalformedError, NotFoundError, StateError


class RuleDayError(MalformedError):
    message = "A rule counts from a day to come."


class RuleEndError(MalformedError):
    message = "The last day is not before the first."


class RuleFundError(MalformedError):
    message = "Choose a fund from the list."


class RateError(MalformedError):
    message = "Write the rate as 1, 2 or 3/2. 0 claims nothing."


class WordsMissingError(MalformedError):
    message = "This stands on receipts: write it in both languages."


class WordsTooLongError(MalformedError):
    message = "A receipt has room for {longest} characters here."


class DoneeTaxIdMissingError(MalformedError):
    message = "Write the donee unit's tax ID."


class TaxRuleNotFoundError(NotFoundError):
    message = "There is no such rule."


class TaxRuleLateError(StateError):
    message = "Its day has come. Propose it again with a later one."


class TaxRuleAgreedError(StateError):
    message = "A rule for this fund from this day was agreed to already."
