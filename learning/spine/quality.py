"""The rows of spine films for the figures of quality."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import track

from radcaliper.learning.quality.rows import Rows, as_it_is
from radcaliper.learning.spine.calibrate import predicted_spines, spine_errors, spine_masks


def add_spine(rows: Rows, data: Path) -> None:
    """The held-out AASCE films as they are."""
    for predicted in track(predicted_spines(data), "spine", total=None, console=Console(stderr=True)):
        of = as_it_is("aasce", predicted.film.patient)
        for mask in spine_masks(predicted):
            rows.add_mask(of, mask)
        for error in spine_errors(predicted):
            rows.add_measurement(of, error)
