"""The rows of spine films for the figures of quality."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import track

from radcaliper.learning.quality.rows import QualityRows, undamaged
from radcaliper.learning.spine.calibrate import predicted_spines, spine_errors, spine_masks


def add_spine(rows: QualityRows, data: Path) -> None:
    """Add the held-out AASCE films, undamaged."""
    for predicted in track(predicted_spines(data), "spine", total=None, console=Console(stderr=True)):
        described = undamaged("aasce", predicted.film.patient)
        for mask in spine_masks(predicted):
            rows.add_mask(described, mask)
        for error in spine_errors(predicted):
            rows.add_measurement(described, error)
