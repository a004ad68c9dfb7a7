"""napari's writer: the measurements of one reviewed film, automatic and corrected, as a table."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from radcaliper.napari_plugin.film_layer import METADATA
from radcaliper.pipelines.results.database import DATABASE
from radcaliper.pipelines.results.files import whole_text
from radcaliper.pipelines.results.store import ResultStore
from radcaliper.pipelines.results.tables import spelled, write_csv

if TYPE_CHECKING:
    from napari.types import FullLayerData


def write_measurements(path: str, layers: list[FullLayerData]) -> list[str]:
    """Write the layers' film's rows of measurements.csv; ValueError where the layers are not of one measured film."""
    notes = [settings.get("metadata", {}).get(METADATA, {}) for _, settings, _ in layers]
    films = {(note["results"], note["image"]) for note in notes if note.get("results")}
    if len(films) != 1:
        raise ValueError("these layers are not those of one measured film: open it in Review first")
    results, image = films.pop()
    with closing(ResultStore(Path(results) / DATABASE)) as store, whole_text(Path(path)) as file:
        columns = store.columns("measurements")
        rows = (row for row in store.cells("measurements") if row["image"] == image)
        write_csv(file, columns, spelled(rows, columns))
    return [path]
