"""The anatomical levels of vertebrae, T1 to L5, where one of them is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

LEVELS: Final = (*(f"T{number}" for number in range(1, 13)), *(f"L{number}" for number in range(1, 6)))
"""From the top down."""
_NAMED: Final = ("upper", "lower", "apex")
"""Details of a curve that name a vertebra; ``upper_level`` and so on hold its level, where it is known."""


def levels_of(vertebrae: Sequence[str], details: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Name the levels of all vertebrae of a spine from those that the details of its measurements name.

    Parameters
    ----------
    vertebrae : Sequence[str]
        All vertebrae that are seen, from the top down, none left out.
    details : Iterable[Mapping[str, str]]
        Details of measurements, as ``{"upper": "vertebra_03", "upper_level": "T6"}``.

    Returns
    -------
    dict[str, str]
        The level of each vertebra; empty where none is known, or where what is known does not agree. A vertebra above
        T1 or below L5 has none.

    Examples
    --------
    >>> levels_of(["vertebra_01", "vertebra_02", "vertebra_03"], [{"apex": "vertebra_02", "apex_level": "T12"}])
    {'vertebra_01': 'T11', 'vertebra_02': 'T12', 'vertebra_03': 'L1'}
    """
    places = {name: place for place, name in enumerate(vertebrae)}
    named = [(each.get(end, ""), each.get(f"{end}_level", "")) for each in details for end in _NAMED]
    firsts = {LEVELS.index(level) - places[name] for name, level in named if name in places and level in LEVELS}
    if len(firsts) != 1:
        return {}
    first = firsts.pop()
    return {name: LEVELS[place + first] for name, place in places.items() if 0 <= place + first < len(LEVELS)}
