"""One folder and one declaration for each kind of film that is measured."""

from __future__ import annotations

from typing import Final

PROTOCOL_NAMES: Final = ("chest", "spine", "hip")
"""The folders that hold a protocol, each as ``PROTOCOL``, in the order in which ``auto`` asks them."""
