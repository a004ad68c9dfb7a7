"""``radcaliper.compare``: two films of a patient."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from radcaliper.measurement_table import MeasurementTable
from radcaliper.pipelines.comparison.change import Change, Verdict
from radcaliper.pipelines.comparison.compare import compare_measurements
from radcaliper.pipelines.comparison.plot import changes_figure
from radcaliper.pipelines.comparison.table import NUMBER_COLUMNS, change_row

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_CALLED: Final = (Verdict.INCREASE, Verdict.DECREASE)


class Comparison:
    """The change of every number from an earlier film of a patient to a later one.

    Attributes
    ----------
    changes : tuple[Change, ...]
        A change for each number, in the order of the earlier film.
    """

    def __init__(self, earlier: str, later: str, changes: tuple[Change, ...]) -> None:
        self.earlier, self.later, self.changes = earlier, later, changes

    def to_frame(self) -> pd.DataFrame:
        """Give the changes with the columns of changes.csv that tell of two numbers.

        Returns
        -------
        pandas.DataFrame
            A row a number; ``change`` is later less earlier, between ``lower`` and ``upper`` with 90 %.
        """
        import pandas as pd

        return pd.DataFrame([change_row(change) for change in self.changes], columns=list(NUMBER_COLUMNS))

    def plot(self) -> Figure:
        """Draw each change with its interval and the readers' noise. Raises ImportError without matplotlib."""
        return changes_figure(self.changes, f"{self.earlier} to {self.later}")

    def __repr__(self) -> str:
        """Which numbers changed."""
        called = [change for change in self.changes if change.verdict in _CALLED]
        words = "; ".join(f"{each.spec.name} {each.value:+.3g} ({each.verdict.value})" for each in called[:5])
        return f"<Comparison of {self.earlier} with {self.later}: {words or 'no change beyond noise'}; .to_frame()>"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.earlier)} to {escape(self.later)}</p>{self.to_frame().to_html(index=False)}"


def compare(earlier: MeasurementTable, later: MeasurementTable) -> Comparison:
    """Compare two films of a patient.

    Parameters
    ----------
    earlier, later : Result
        The results of either film.

    Returns
    -------
    Comparison
        Each number's change with a 90 % interval. It is called a change only where it lies beyond the intervals of
        both numbers and is no smaller than readers' noise (5 degrees for Cobb angles).

    Raises
    ------
    ValueError
        Where the two were measured by different protocols, or are no results.

    Examples
    --------
    >>> ends = {"heart_right": (60, 30), "heart_left": (60, 75), "thorax_right": (70, 5), "thorax_left": (70, 95)}
    >>> import radcaliper as rc
    >>> film = rc.measure_landmarks("chest", ends, spacing=0.5)
    >>> compare(film, film).to_frame().loc[0, "change"].item()
    0.0
    """
    if not (isinstance(earlier, MeasurementTable) and isinstance(later, MeasurementTable)):
        raise ValueError("two results are compared, as radcaliper.measure gives them for one film each")
    protocols = {each.spec.protocol for table in (earlier, later) for each in table.measurements}
    if len(protocols) > 1:
        raise ValueError(f"films of different protocols ({', '.join(sorted(protocols))}) cannot be compared")
    changes = compare_measurements(earlier.measurements, later.measurements)
    return Comparison(earlier.image or "earlier", later.image or "later", changes)
