"""``Results``: several measured films."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, overload

from radcaliper.measurement_table import measurements_frame
from radcaliper.pipelines.results.rows import measurement_row
from radcaliper.result import Result

if TYPE_CHECKING:
    import pandas as pd


class Results(Sequence[Result]):
    """The results of several films, in the order in which the films were given."""

    def __init__(self, results: Iterable[Result]) -> None:
        self._results = tuple(results)

    @overload
    def __getitem__(self, index: int) -> Result: ...
    @overload
    def __getitem__(self, index: slice) -> Results: ...
    def __getitem__(self, index: int | slice) -> Result | Results:
        """A result, or some of them."""
        return Results(self._results[index]) if isinstance(index, slice) else self._results[index]

    def __len__(self) -> int:
        """How many films there are."""
        return len(self._results)

    def of(self, image: str) -> Result:
        """Give the result of a film by its name. Raises LookupError with a sentence where there is none."""
        found = next((result for result in self if result.image == image), None)
        if found is None:
            raise LookupError(f"no film is called {image!r}; there are {', '.join(r.image for r in self[:5])}, ...")
        return found

    def to_frame(self) -> pd.DataFrame:
        """Give the measurements of all films with the columns of measurements.csv.

        Returns
        -------
        pandas.DataFrame
            A row a measurement; a film that was refused or failed has none.
        """
        rows = (measurement_row(each.image, number) for each in self for number in each.measurements)
        return measurements_frame(rows)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write masks, overlays and tables into a results folder, beside what it holds; returns the folder."""
        from radcaliper.saving import save_results

        return save_results(self, folder)

    def _counts(self) -> str:
        counts = Counter(result.status.value for result in self)
        return ", ".join(f"{count} {status}" for status, count in counts.items())

    def __repr__(self) -> str:
        """How many films there are, by status."""
        return f"<Results of {len(self)} films: {self._counts() or 'none'}; .to_frame(), [0], .of(image)>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(each.image)}</td><td>{each.status.value}</td><td>{each.protocol}</td>"
            f"<td>{escape(', '.join(each.reasons) or each.error)}</td></tr>"
            for each in self
        )
        head = "<tr><th>film</th><th>status</th><th>protocol</th><th>reasons</th></tr>"
        return f"<p>{len(self)} films: {self._counts()}</p><table>{head}{rows}</table>"
