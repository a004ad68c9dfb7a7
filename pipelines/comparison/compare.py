"""Every number of two films of a patient, compared."""

from __future__ import annotations

from collections.abc import Sequence

from radcaliper.measurements.types import Measurement
from radcaliper.pipelines.comparison.change import Change, change_of
from radcaliper.pipelines.comparison.matching import match_measurements


def compare_measurements(earlier: Sequence[Measurement], later: Sequence[Measurement]) -> tuple[Change, ...]:
    """Compute the change of every number from an earlier film of a patient to a later one.

    Parameters
    ----------
    earlier, later : Sequence[Measurement]
        The measurements of either film, by the same protocol.

    Returns
    -------
    tuple[Change, ...]
        A change for each number, in the order of the earlier film; curves of the spine are found again by their side
        and their vertebrae.

    Examples
    --------
    >>> from radcaliper.measurements.catalog import CARDIOTHORACIC_RATIO
    >>> from radcaliper.measurements.types import Grid
    >>> def ratio(value):
    ...     return Measurement.of(CARDIOTHORACIC_RATIO.value(value, Grid()), (value - 0.02, value + 0.02), "", ())
    >>> [change.verdict.value for change in compare_measurements([ratio(0.48)], [ratio(0.56)])]
    ['increase']
    """
    pairs = match_measurements(earlier, later)
    return tuple(change_of(known.spec, a, b) for a, b in pairs if (known := a or b) is not None)
