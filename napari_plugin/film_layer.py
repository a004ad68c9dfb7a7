"""A film as a napari image layer, and an image layer as a film."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from radcaliper.measurements.types import PixelSpacing, Radiograph
from radcaliper.models.inference.normalize import grey_range, normalize_grey
from radcaliper.pipelines.reading.grey import grey_of
from radcaliper.pipelines.results.files import write_whole_bytes
from radcaliper.pipelines.results.names import spelled
from radcaliper.pipelines.results.png import encoded_png
from radcaliper.pipelines.running.discover import FilmFile

if TYPE_CHECKING:
    from napari.layers import Image
    from napari.types import FullLayerData

METADATA = "radcaliper"
"""The key of a layer's metadata under which this plugin notes the film that the layer belongs to."""


def scale_and_units(spacing: PixelSpacing | None) -> dict[str, Any]:
    """The settings ``scale`` and ``units`` of a layer: millimetres where the spacing is known, else pixels."""
    if spacing is None:
        return {"scale": (1.0, 1.0), "units": ("pixel", "pixel")}
    return {"scale": (spacing.row_mm, spacing.col_mm), "units": ("mm", "mm")}


def film_layer(film: Radiograph, name: str, path: Path | None = None) -> FullLayerData:
    """The film as an image layer, its contrast limits at the 1st and the 99th percentile, as networks see it."""
    low, high = grey_range(film.pixels)
    settings = {
        "name": name,
        "colormap": "gray",
        "contrast_limits": (low, high if high > low else low + 1),
        "metadata": {METADATA: {"path": None if path is None else str(path)}},
        **scale_and_units(film.spacing),
    }
    return film.pixels, settings, "image"


def _safe_name(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)


def film_file(layer: Image, out: Path) -> FilmFile:
    """The file that a layer was read from; a layer without a file is first written to ``out/films`` as an 8-bit PNG.

    Raises ValueError for a layer that is not a single grey or colour image.
    """
    path = layer.metadata.get(METADATA, {}).get("path") or layer.source.path
    if path and Path(path).is_file():
        return FilmFile(spelled(Path(path).name), Path(path))
    data = np.asarray(layer.data)
    if data.ndim != (3 if layer.rgb else 2):
        raise ValueError(f"{layer.name}: {data.ndim} dimensions; only single films are measured")
    written = out / "films" / f"{_safe_name(layer.name)}.png"
    grey = (normalize_grey(grey_of(data)) * 255).astype(np.uint8)
    written.parent.mkdir(parents=True, exist_ok=True)
    write_whole_bytes(written, encoded_png(grey))
    return FilmFile(written.name, written)


def layer_spacing(layer: Image) -> float | None:
    """The pixel size in mm of a layer with square pixels whose units are lengths; else None."""
    down, across = (float(step) for step in layer.scale[-2:])
    if str(layer.units[-1]) not in ("millimeter", "mm") or not np.isclose(down, across):
        return None
    return across
