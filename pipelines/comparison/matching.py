"""Which number of a later film is the same as which of an earlier one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from radcaliper.measurements.catalog import COBB_ANGLE
from radcaliper.measurements.spine.vertebra import vertebra_number
from radcaliper.measurements.types import Key, Measurement

_METHODS: Final = ("vertebral_tilt", "endplates")
"""The methods that name a curve's end vertebrae, the one that decides first."""
_CURVE: Final = frozenset(("upper", "lower", "convex"))
"""The details that say which curve an angle is of."""
_SAME_CURVE: Final = 0.5
"""Share of vertebrae, of those that either curve spans, from which two curves are one."""
Pair = tuple[Measurement | None, Measurement | None]
"""A number on the earlier and on the later film; None where a film does not have it."""


def _curves(measurements: Iterable[Measurement]) -> dict[str, tuple[str, int, int]]:
    """By site, each curve's convex side and the numbers of its end vertebrae."""
    found: dict[str, tuple[str, int, int]] = {}
    for each in measurements:
        details = each.details
        if (
            each.spec.name == COBB_ANGLE.name
            and each.method in _METHODS
            and {"upper", "lower", "convex"} <= set(details)
        ):
            ends = vertebra_number(details["upper"]), vertebra_number(details["lower"])
            found.setdefault(each.site, (details["convex"], *ends))
    return found


def _overlap(a: tuple[str, int, int], b: tuple[str, int, int]) -> float:
    """The share of vertebrae that two curves have in common; 0 where they are convex to different sides."""
    if a[0] != b[0]:
        return 0.0
    common = min(a[2], b[2]) - max(a[1], b[1]) + 1
    return max(0, common) / (max(a[2], b[2]) - min(a[1], b[1]) + 1)


def match_curves(earlier: Sequence[Measurement], later: Sequence[Measurement]) -> dict[str, str]:
    """Find the same curve on two films: convex to the same side, and spanning mostly the same vertebrae.

    Parameters
    ----------
    earlier, later : Sequence[Measurement]
        The measurements of either film.

    Returns
    -------
    dict[str, str]
        The site on the later film by the site on the earlier one. A curve that only one film has is not in it. A
        numbering that is one vertebra off does not part the two.
    """
    before, after = _curves(earlier), _curves(later)
    likeness = {(a, b): _overlap(before[a], after[b]) for a in before for b in after}
    sites: dict[str, str] = {}
    for a, b in sorted(likeness, key=lambda pair: -likeness[pair]):
        if likeness[a, b] >= _SAME_CURVE and a not in sites and b not in sites.values():
            sites[a] = b
    return sites


def _later_key(key: Key, sites: Mapping[str, str], curves: Mapping[str, object]) -> Key | None:
    """Which number of the later film one of the earlier film is; None for a curve that the later film does not have."""
    if key.site not in curves:
        return key
    return key._replace(site=sites[key.site]) if key.site in sites else None


def match_measurements(earlier: Sequence[Measurement], later: Sequence[Measurement]) -> list[Pair]:
    """Pair the numbers of two films of a patient.

    Parameters
    ----------
    earlier, later : Sequence[Measurement]
        The measurements of either film, by the same protocol.

    Returns
    -------
    list[Pair]
        In the order of the earlier film, then what only the later one has. Curves of the spine are paired by their
        side and their vertebrae, not by their size.
    """
    sites, curves = match_curves(earlier, later), _curves(earlier)
    left = {each.key: each for each in later}
    pairs: list[Pair] = []
    for each in earlier:
        key = _later_key(each.key, sites, curves)
        pairs.append((each, None if key is None else left.pop(key, None)))
    return [*pairs, *((None, each) for each in left.values())]
