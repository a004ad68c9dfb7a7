"""The rows of hip films for the figures of quality."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import track

from radcaliper.learning.hip.calibrate import simulated_errors
from radcaliper.learning.quality.rows import QualityRows, undamaged


def add_hip(rows: QualityRows, data: Path) -> None:
    """Simulated films of the held-out subjects."""
    for error in track(simulated_errors(data), "hip", total=None, console=Console(stderr=True)):
        rows.add_measurement(undamaged("simulated", error.patient), error)
