"""The anatomical levels of vertebrae, once one of them is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from radcaliper.measurements.types import MeasuredValue

LEVELS: Final = (
    *(f"C{number}" for number in range(2, 8)),
    *(f"T{number}" for number in range(1, 13)),
    *(f"L{number}" for number in range(1, 6)),
    "S1",
)
"""Levels from the top down, as most people have them; some people have one vertebra more or less."""


LEVELLED: Final = ("upper", "lower", "apex")
"""Details of a value that name a vertebra."""


def levels_of(vertebrae: Sequence[str], named: Mapping[str, str]) -> dict[str, str]:
    """Name all vertebrae by those that are named: every other one is counted from the nearest of these.

    Parameters
    ----------
    vertebrae : Sequence[str]
        The vertebrae from the top down, none of them left out.
    named : Mapping[str, str]
        The level of one or several of them, as ``T12``.

    Returns
    -------
    dict[str, str]
        The level of each vertebra; one that would lie above C2 or below S1 has none.

    Examples
    --------
    >>> levels_of(["vertebra_01", "vertebra_02", "vertebra_03"], {"vertebra_02": "T12"})
    {'vertebra_01': 'T11', 'vertebra_02': 'T12', 'vertebra_03': 'L1'}
    """
    known = {place: named[name] for place, name in enumerate(vertebrae) if named.get(name) in LEVELS}
    found = {}
    for place, name in enumerate(vertebrae):
        if not known:
            break
        nearest = min(known, key=lambda other: abs(other - place))
        level = LEVELS.index(known[nearest]) + place - nearest
        if 0 <= level < len(LEVELS):
            found[name] = LEVELS[level]
    return found


def with_levels(value: MeasuredValue, levels: Mapping[str, str]) -> MeasuredValue:
    """The value with the levels of the vertebrae that it names beside them, as ``upper_level=T6``."""
    named = {f"{end}_level": levels[value.details[end]] for end in LEVELLED if value.details.get(end) in levels}
    return replace(value, details={**value.details, **named}) if named else value
