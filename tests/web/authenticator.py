"""A passkey in software: answers as a browser and a phone would, and as they never would."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40
NEVER_COUNTS = bytes(4)


@dataclass
class Authenticator:
    """One key for one site; it counts nothing, as many phones do, so that only challenges tell a replay."""

    host: str
    origin: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = b"a passkey of the tests"

    def make(self, options: str) -> str:
        """What a browser sends when this key was made for `options` (WebAuthn §6.5.1, without attestation)."""
        seen = self._site(self.host) + bytes([PRESENT | VERIFIED | HAS_KEY]) + NEVER_COUNTS + bytes(16)
        known = seen + len(self.id).to_bytes(2, "big") + self.id + self._public()
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": known})
        client = self._client("webauthn.create", json.loads(options)["challenge"], self.origin)
        return self._sent(clientDataJSON=client, attestationObject=made)

    def answer(
        self, options: str, *, challenge: str = "", origin: str = "", host: str = "", is_verified: bool = True
    ) -> str:
        """What a browser sends when this key signed for `options`, or for something else."""
        flags = PRESENT | VERIFIED if is_verified else PRESENT
        seen = self._site(host or self.host) + bytes([flags]) + NEVER_COUNTS
        asked = challenge or json.loads(options)["challenge"]
        client = self._client("webauthn.get", asked, origin or self.origin)
        signature = self.key.sign(seen + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._sent(clientDataJSON=client, authenticatorData=seen, signature=signature)

    def _site(self, host: str) -> bytes:
        return hashlib.sha256(host.encode()).digest()

    def _public(self) -> bytes:
        point = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (point.x, point.y))
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})  # ES256 on P-256 (RFC 9053 §2.1)

    def _client(self, kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()

    def _sent(self, **parts: bytes) -> str:
        told: dict[str, Any] = {name: bytes_to_base64url(part) for name, part in parts.items()}
        known = bytes_to_base64url(self.id)
        return json.dumps({"id": known, "rawId": known, "type": "public-key", "response": told})
