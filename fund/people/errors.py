"""What the staff's door refuses."""

from fund.errors import ForbiddenError, FundError, TooManyError


class SignInNeededError(FundError):
    """Nobody is signed in; `app` sends a reading browser to the sign-in page."""

    message = "Sign in first."


class SignInRefusedError(FundError):
    """Name and password do not belong together; which of them is wrong is not said."""

    message = "Name or password is wrong."


class TooManyTriesError(TooManyError):
    message = "Too many tries to sign in. Wait {retry_minutes} minutes."


class StaleFormError(ForbiddenError):
    message = "This form is too old. Go back, reload the page and send it again."
