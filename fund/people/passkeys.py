"""Passkeys (WebAuthn): a key in somebody's phone or computer that opens with finger, face or PIN.

Knows that a challenge is signed once, for this address, by a person who was verified there. Refuses everything else
with one answer. An address that is a number has no passkeys: browsers bind them to names.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from sqlmodel import Session, col, select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from fund import audit, clock
from fund.audit import Actor
from fund.people import sessions
from fund.people.errors import PasskeyRefusedError
from fund.people.models import PasskeyRow
from fund.people.powers import Person
from fund.settings import Settings


@dataclass(frozen=True, slots=True)
class Site:
    """For which site a passkey is."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class PasskeyView:
    """A passkey as its owner sees it."""

    id: str
    name: str
    made_at: datetime


def site(settings: Settings) -> Site | None:
    """For which site passkeys are made here; None where the address is a number."""
    host = urlsplit(settings.address).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return Site(host, settings.address)
    return None


def of_person(session: Session, person_id: UUID) -> list[PasskeyView]:
    """The passkeys of a person, oldest first."""
    return [PasskeyView(row.credential_id, row.name, row.made_at) for row in _rows(session, person_id)]


def ask_new(session: Session, token: str, person: Person, here: Site, *, fund: str) -> str:
    """What a browser needs to make a passkey, as JSON; the challenge is kept with the session of `token`."""
    options = webauthn.generate_registration_options(
        rp_id=here.host,
        rp_name=fund,
        user_id=person.id.bytes,
        user_name=person.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_descriptors(session, person.id),
    )
    sessions.set_challenge(session, token, bytes_to_base64url(options.challenge))
    return webauthn.options_to_json(options)


def keep(session: Session, person: Person, sent: str, challenge: str, here: Site, *, name: str, by: Actor) -> None:
    """Keep the passkey that a browser made for this challenge. Raises PasskeyRefusedError."""
    try:
        made = webauthn.verify_registration_response(
            credential=sent,
            expected_challenge=_challenge(challenge),
            expected_rp_id=here.host,
            expected_origin=here.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        raise PasskeyRefusedError() from None
    credential_id = bytes_to_base64url(made.credential_id)
    if session.get(PasskeyRow, credential_id) is not None:
        raise PasskeyRefusedError()
    session.add(
        PasskeyRow(
            credential_id=credential_id,
            person_id=person.id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=name,
            made_at=clock.now(),
        )
    )
    audit.record(session, by, "factor.passkey_added", person.id)
    session.flush()


def ask(session: Session, token: str, person_id: UUID, here: Site) -> str:
    """What a browser needs to use a passkey of this person, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=here.host,
        allow_credentials=_descriptors(session, person_id),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    sessions.set_challenge(session, token, bytes_to_base64url(options.challenge))
    return webauthn.options_to_json(options)


def use(session: Session, person_id: UUID, sent: str, challenge: str, here: Site) -> None:
    """Take what a passkey of this person signed for this challenge. Raises PasskeyRefusedError."""
    try:
        credential_id = str(json.loads(sent)["id"])
        row = session.get(PasskeyRow, credential_id, with_for_update=True)
        if row is None or row.person_id != person_id:
            raise PasskeyRefusedError()
        used = webauthn.verify_authentication_response(
            credential=sent,
            expected_challenge=_challenge(challenge),
            expected_rp_id=here.host,
            expected_origin=here.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise PasskeyRefusedError() from None
    row.sign_count = used.new_sign_count
    session.flush()


def remove(session: Session, person_id: UUID, credential_id: str, *, by: Actor) -> None:
    """Let a passkey of this person open nothing any more. Raises PasskeyRefusedError for one that is not theirs."""
    row = session.get(PasskeyRow, credential_id)
    if row is None or row.person_id != person_id:
        raise PasskeyRefusedError()
    session.delete(row)
    audit.record(session, by, "factor.passkey_removed", person_id)
    session.flush()


def _rows(session: Session, person_id: UUID) -> list[PasskeyRow]:
    query = select(PasskeyRow).where(PasskeyRow.person_id == person_id).order_by(col(PasskeyRow.made_at))
    return list(session.exec(query))


def _descriptors(session: Session, person_id: UUID) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(base64url_to_bytes(row.credential_id)) for row in _rows(session, person_id)]


def _challenge(kept: str) -> bytes:
    if not kept:
        raise PasskeyRefusedError()
    return base64url_to_bytes(kept)
