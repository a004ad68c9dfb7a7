"""Are a film's lengths those of a person? Where they are not, its pixel spacing cannot be true."""

from __future__ import annotations

from collections.abc import Iterable

from radcaliper.measurements.types import Measurement, Unit


def has_implausible_length(measurements: Iterable[Measurement]) -> bool:
    """Find whether a length in millimetres lies beyond what its measurement can be in any person, child or adult.

    Parameters
    ----------
    measurements : Iterable[Measurement]
        The measurements of a film; of these, lengths with ``plausible_mm`` count.

    Returns
    -------
    bool
        Whether there is one.

    Examples
    --------
    >>> from radcaliper.measurements.catalog import THORACIC_WIDTH
    >>> from radcaliper.measurements.types import Grid
    >>> width = Measurement.of(THORACIC_WIDTH.value(30_000.0, Grid(99.0, 99.0, "mm")), None, "", ())
    >>> has_implausible_length([width])
    True
    """
    return any(
        measurement.unit is Unit.MILLIMETRE
        and measurement.value is not None
        and measurement.spec.plausible_mm is not None
        and not measurement.spec.plausible_mm[0] <= measurement.value <= measurement.spec.plausible_mm[1]
        for measurement in measurements
    )
