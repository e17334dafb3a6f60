"""What the staff's door refuses, whoever makes people, and the separation of duties."""

from typing import ClassVar

from fund.errors import (
    ForbiddenError,
    FundError,
    MalformedError,
    NotFoundError,
    StateError,
    TooManyError,
    UnknownVisitorError,
)


class SignInNeededError(UnknownVisitorError):
    """Nobody is signed in; `app` sends a reading browser to where `leads_to` says."""

    message = "Sign in first."
    leads_to: ClassVar[str] = "/staff/sign-in"


class SecondStepNeededError(SignInNeededError):
    """The password was right, and the second factor is still to be given."""

    message = "Give your second factor first."
    leads_to = "/staff/second-step"


class EnrolmentNeededError(SignInNeededError):
    """A role needs a second factor, and this person has set up none."""

    message = "Your role needs a second factor. Set it up first."
    leads_to = "/staff/second-factor"


class ConfirmationNeededError(SignInNeededError):
    """The act asks again who is there, and the last time is longer ago."""

    message = "Confirm that it is you: give your password again."
    leads_to = "/staff/confirm"


class SignInRefusedError(FundError):
    """Name and password do not belong together; which of them is wrong is not said."""

    message = "Name or password is wrong."


class CodeRefusedError(FundError):
    """A code of the app or a recovery code that is wrong, or was used before."""

    message = "This code is wrong, or it was used before. Wait for the next one."


class PasskeyRefusedError(FundError):
    """What the browser sent proves no passkey of this person, here and now."""

    message = "This passkey was not accepted. Try once more."


class TooManyTriesError(TooManyError):
    message = "Too many tries to sign in. Wait {retry_minutes} minutes."


class StaleFormError(ForbiddenError):
    message = "This form is too old. Go back, reload the page and send it again."


class PasswordTooShortError(MalformedError):
    message = "The password needs {shortest} characters or more."


class PersonNameError(MalformedError):
    message = "Write a name of 1 to 100 characters, without @ and without invisible signs."


class EmailError(MalformedError):
    message = "This is not an e-mail address."


class ScopeError(MalformedError):
    message = "This role is given for a place: choose the district, or the school or office, from the list."


class NoSuchPlaceError(MalformedError):
    message = "There is no such district, school or office here, or it is closed. Choose one of the list."


class PlaceCodeError(MalformedError):
    message = "A code has 1 to 40 letters A to Z, digits, dots or hyphens."


class PlaceNameError(MalformedError):
    message = "Write both names, each of 1 to 150 characters, without a middle dot and without invisible signs."


class PlaceTakenError(StateError):
    message = "This code is taken. Another school or office needs another code."


class PlaceNotFoundError(NotFoundError):
    message = "There is no such school or office."


class PlaceInUseError(StateError):
    message = "Roles are still given for this place. End them first: {names}."


class UnknownRoleError(MalformedError):
    message = "There is no such role."


class PersonTakenError(StateError):
    message = "Somebody already has this name or this e-mail address."


class RoleGivenError(StateError):
    message = "This person already has this role for this place."


class RolesConflictError(StateError):
    message = "An administrator has no other role: who makes people has no power over money or cases."


class LastAdministratorError(StateError):
    message = "This is the last administrator who can come in. Let somebody else be one first."


class OwnPowerError(StateError):
    message = "Nobody does this to themselves. Ask another administrator."


class InvitationError(NotFoundError):
    message = "This link opens nothing any more. Ask your administrator for a new one."


class PersonNotFoundError(NotFoundError):
    message = "There is no such person."


class LastFactorError(StateError):
    message = "This is your only second factor, and your role needs one. Set up another first."


class DemonstrationError(StateError):
    message = "In this demonstration everyone shares these names: passwords and second factors are not changed."


class NobodyError(ForbiddenError):
    message = "Only a member of staff, signed in, takes part in this."


class OtherSideError(ForbiddenError):
    message = "You already have another part in this. It is the turn of somebody who has none: not {names}."


class StandInPartError(ForbiddenError):
    message = (
        "The person you stand in for has another part in this. It is the turn of somebody who has none: not {names}."
    )


class ConflictError(ForbiddenError):
    message = "You, or who you stand in for, declared a tie to this case. It is the turn of somebody without one."


class ApprovedError(StateError):
    message = "You have approved this already. It is the turn of somebody else."


class NoSlotError(StateError):
    message = "This has all its approvals. Nobody needs to add one."


class StandInError(ForbiddenError):
    message = "You are not appointed to do this part for this person today."


class StandInNotFoundError(NotFoundError):
    message = "There is no such appointment."


class StandInOverError(StateError):
    message = "This appointment is over already."


class AppointmentError(MalformedError):
    message = (
        "A stand-in is appointed by a third person, for one part or more, until a day that has not passed, with the"
        " paper that says so."
    )
