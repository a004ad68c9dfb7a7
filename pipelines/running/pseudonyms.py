"""Keyed hashes in place of names: whoever holds the key finds the way back, the results alone do not tell it."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

_LEAST_KEY: Final = 16
_DIGITS: Final = 32
"""Hexadecimal digits of a pseudonym: among a billion films, two meet with a chance of 1e-21."""


class BadKey(ValueError):
    """A key file that cannot be used; the message is one line."""


@dataclass(frozen=True)
class Pseudonyms:
    """Names by a secret key: HMAC-SHA256 of a film's name, or of what its header says of the patient.

    Examples
    --------
    >>> names = Pseudonyms(bytes(16))
    >>> names.of_image("ward/mueller.dcm") == names.of_image("ward/mueller.dcm")
    True
    >>> names.of_image("ward/mueller.dcm") == Pseudonyms(bytes([1] * 16)).of_image("ward/mueller.dcm")
    False
    """

    key: bytes = field(repr=False)

    def _hash(self, kind: str, words: str) -> str:
        return hmac.new(self.key, f"{kind}:{words}".encode(), sha256).hexdigest()[:_DIGITS]

    def of_image(self, name: str) -> str:
        """The pseudonym of a film: of its name as the results would spell it."""
        return self._hash("image", name)

    def of_patient(self, patient: str) -> str:
        """The pseudonym of a patient, by ``patient_of``; empty where the film does not say whose it is."""
        return self._hash("patient", patient) if patient else ""

    @property
    def check(self) -> str:
        """What tells this key from others without telling the key."""
        return self._hash("key", "")


def read_key(path: Path) -> Pseudonyms:
    """The pseudonyms by the key in a file: its content without the line's end. Raises BadKey."""
    try:
        key = path.read_bytes().strip(b"\r\n")
    except OSError as error:
        raise BadKey(f"{path}, the key of the pseudonyms, cannot be opened: {error.strerror}") from error
    if len(key) < _LEAST_KEY:
        raise BadKey(f"{path} is too short for a key: at least {_LEAST_KEY} bytes, as by openssl rand -hex 32")
    return Pseudonyms(key)
