"""The measurements of one film as a person asks for them: by name, as a data frame, in words."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from html import escape
from typing import TYPE_CHECKING, Final

from radcaliper.measurements.types import Measurement
from radcaliper.pipelines.results.rows import COLUMNS, Row, measurement_row

if TYPE_CHECKING:
    import pandas as pd

_WHOLE: Final = 1000
_NUMBER_COLUMNS: Final = ("value", "lower", "upper", "corrected_value")


def measurements_frame(rows: Iterable[Row]) -> pd.DataFrame:
    """Rows of measurements as a data frame with the columns of measurements.csv; numbers are floats."""
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=list(COLUMNS["measurements"]))
    return frame.astype(dict.fromkeys(_NUMBER_COLUMNS, float))


def _digits(value: float) -> str:
    """A number in four digits, or whole where it has more."""
    return f"{value:.0f}" if abs(value) >= _WHOLE else f"{value:.4g}"


def value_words(measurement: Measurement) -> str:
    """A value with its interval and unit in words, or why there is none: ``31.3 deg (28.0 to 34.6)``."""
    if measurement.value is None or measurement.unit is None:
        return f"{measurement.status.value}: {', '.join(measurement.reasons)}"
    unit = "" if measurement.unit.value == "ratio" else f" {measurement.unit.value}"
    interval = measurement.interval
    span = "" if interval is None else f" ({_digits(interval[0])} to {_digits(interval[1])})"
    return f"{_digits(measurement.value)}{unit}{span}"


class MeasurementTable:
    """The measurements of one film.

    Attributes
    ----------
    image : str
        The film's name.
    measurements : tuple[Measurement, ...]
        In the order of measurements.csv.
    """

    def __init__(self, image: str, measurements: Iterable[Measurement]) -> None:
        self.image = image
        self.measurements = tuple(measurements)

    def _named(self, name: str) -> list[Measurement]:
        found = [each for each in self.measurements if each.name == name]
        if not found:
            names = ", ".join(dict.fromkeys(each.name for each in self.measurements)) or "none, as none was made"
            raise LookupError(f"no measurement is called {name!r}; there are {names}")
        return found

    def measurement(self, name: str, site: str | None = None, method: str | None = None) -> Measurement:
        """Give one measurement.

        Parameters
        ----------
        name : str
            Its name, as ``cobb_angle``.
        site, method : str | None
            Where it is made and from what, as ``curve_1`` and ``endplates``. Where none is named, the first of its
            entry in the catalog.

        Returns
        -------
        Measurement
            The measurement; one that could not be made has no ``value`` but ``reasons``.

        Raises
        ------
        LookupError
            Where there is no such measurement; the message names those that there are.

        Examples
        --------
        >>> import numpy as np
        >>> import radcaliper as rc
        >>> heart = np.zeros((100, 100), bool)
        >>> heart[50:80, 30:70] = True
        >>> rc.measure_masks("chest", {"heart": heart}).measurement("heart_width").value
        40.0
        """
        named = self._named(name)
        found = [each for each in named if site in (None, each.site) and method in (None, each.method)]
        if not found:
            there = ", ".join(f"site={each.site!r} method={each.method!r}" for each in named)
            raise LookupError(f"{name} has no site {site!r} with method {method!r}; there are {there}")
        return min(found, key=_order)

    def to_frame(self) -> pd.DataFrame:
        """Give all measurements with the columns of measurements.csv.

        Returns
        -------
        pandas.DataFrame
            A row a measurement; what is not known is NaN or empty.

        Examples
        --------
        >>> import radcaliper as rc
        >>> ends = {"heart_right": (60, 30), "heart_left": (60, 75), "thorax_right": (70, 5), "thorax_left": (70, 95)}
        >>> frame = rc.measure_landmarks("chest", ends).to_frame()
        >>> frame.loc[frame.measurement == "cardiothoracic_ratio", "value"].item()
        0.5
        """
        return measurements_frame(measurement_row(self.image, each) for each in self.measurements)

    def _rows_html(self) -> str:
        rows = (
            f"<tr><td>{escape(each.spec.label)}</td><td>{escape(each.site)}</td><td>{escape(value_words(each))}</td>"
            f"<td>{each.status.value}</td></tr>"
            for each in self.measurements
        )
        return (
            "<table><tr><th>measurement</th><th>site</th><th>value</th><th>status</th></tr>"
            + "".join(rows)
            + "</table>"
        )

    def _repr_html_(self) -> str:
        return self._rows_html()


def _order(measurement: Measurement) -> tuple[int, str, int]:
    """By the places of site and method in the catalog's entry."""
    spec = measurement.spec
    site = next(place for place, pattern in enumerate(spec.sites) if fnmatchcase(measurement.site, pattern))
    return site, measurement.site, spec.methods.index(measurement.method)
