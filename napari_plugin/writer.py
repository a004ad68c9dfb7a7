"""napari's writer: the measurements of one reviewed film, automatic and corrected, as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from radcaliper.napari_plugin.film_layer import METADATA
from radcaliper.pipelines.results.database import DATABASE
from radcaliper.pipelines.results.files import write_whole
from radcaliper.pipelines.results.store import ResultStore
from radcaliper.pipelines.results.tables import csv_table

if TYPE_CHECKING:
    from napari.types import FullLayerData


def write_measurements(path: str, layers: list[FullLayerData]) -> list[str]:
    """Write the layers' film's rows of measurements.csv; ValueError where the layers are not of one measured film."""
    notes = [settings.get("metadata", {}).get(METADATA, {}) for _, settings, _ in layers]
    films = {(note["results"], note["image"]) for note in notes if note.get("results")}
    if len(films) != 1:
        raise ValueError("these layers are not those of one measured film: open it in Review first")
    results, image = films.pop()
    store = ResultStore(Path(results) / DATABASE)
    try:
        rows = [row for row in store.rows("measurements") if row["image"] == image]
    finally:
        store.close()
    write_whole(Path(path), csv_table("measurements", rows))
    return [path]
