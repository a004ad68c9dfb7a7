"""The writer: one reviewed film's numbers, automatic and corrected, as a table."""

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


def write_numbers(path: str, layers: list[FullLayerData]) -> list[str]:
    """Write the rows of measurements.csv that belong to the layers' film; ValueError where they belong to none."""
    belongings = [settings.get("metadata", {}).get(METADATA, {}) for _, settings, _ in layers]
    homes = {(each["results"], each["image"]) for each in belongings if each.get("results")}
    if len(homes) != 1:
        raise ValueError("these layers are not those of one measured film: open it in Review first")
    results, image = homes.pop()
    store = ResultStore(Path(results) / DATABASE)
    try:
        rows = [row for row in store.rows("measurements") if row["image"] == image]
    finally:
        store.close()
    write_whole(Path(path), csv_table("measurements", rows))
    return [path]
