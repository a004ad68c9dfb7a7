"""A results folder's films are all named as they are, or all by one key: names must not come into pseudonyms."""

from __future__ import annotations

from typing import Final

from radcaliper.pipelines.results.store import ResultStore
from radcaliper.pipelines.running.pseudonyms import Pseudonyms

_NAMING: Final = "naming"


class OtherNames(ValueError):
    """The films of a results folder are named otherwise; the message is one line."""


def keep_naming(store: ResultStore, pseudonyms: Pseudonyms | None) -> None:
    """Keep how the films of a results folder are named. Raises OtherNames where it has films that are named otherwise.

    The database keeps no key, but a hash that tells one key from another.
    """
    wanted = "" if pseudonyms is None else pseudonyms.check
    kept = store.read_fact(_NAMING).get("key", "")
    if wanted == kept:
        return
    if store.count():
        how = "by another key" if wanted and kept else "by pseudonyms" if kept else "as they are"
        raise OtherNames(f"its films are named {how}: choose another folder, or name them so")
    store.write_fact(_NAMING, {"key": wanted})
