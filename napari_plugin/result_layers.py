"""A measured film as ordinary napari layers, as the reader opens it: the film, its masks, lines and landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from napari.utils.colormaps import DirectLabelColormap
from numpy.typing import NDArray

from radcaliper.measurements.types import Analysis, Mask
from radcaliper.napari_plugin.colours import colour_of
from radcaliper.napari_plugin.film_layer import METADATA, film_layer, scale_and_units
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.protocol import LandmarkPoints, MeasuredLine
from radcaliper.pipelines.review.remeasure import Remeasured, editable_masks, review_of

if TYPE_CHECKING:
    from napari.types import FullLayerData

LANDMARKS: Final = "landmarks"
LINES: Final = "measured lines"
_TEXT_COLOUR: Final = "#E69F00"
"""Okabe and Ito's orange: it can be read on dark and on bright parts of a film."""
_MAX_NAMED_LANDMARKS: Final = 9
"""More landmarks than this are shown without names, which would cover the film."""


def layer_name(structure: str) -> str:
    """The layer name of a structure or landmark: ``right_lung`` is Right lung."""
    return structure.replace("_", " ").capitalize()


def mask_colours(structure: str) -> DirectLabelColormap:
    """Label 1 in the structure's colour, all else invisible."""
    return DirectLabelColormap(color_dict={None: (0, 0, 0, 0), 0: (0, 0, 0, 0), 1: colour_of(structure)})


def _mask_layer(structure: str, mask: Mask, settings: dict[str, Any]) -> FullLayerData:
    layer_settings = {
        "name": layer_name(structure),
        "opacity": 0.25,
        "colormap": mask_colours(structure),
        **settings,
    }
    return mask.astype(np.uint8), layer_settings, "labels"


def _line_settings(lines: Sequence[MeasuredLine]) -> dict[str, Any]:
    return {
        "shape_type": ["polygon" if line.closed else "path" for line in lines],
        "edge_color": [colour_of(line.colour_key) for line in lines],
    }


def _paths(lines: Sequence[MeasuredLine]) -> list[Any]:
    return [np.array(line.path) for line in lines]


def _lines_layer(lines: Sequence[MeasuredLine], side: int, settings: dict[str, Any]) -> FullLayerData:
    layer_settings = {
        "name": LINES,
        "edge_width": max(1.0, side / 320),
        "face_color": "transparent",
        "features": {"label": [line.label for line in lines]},
        "text": {"string": "{label}", "size": 11, "color": _TEXT_COLOUR, "anchor": "center"},
        **(_line_settings(lines) if lines else {}),
        **settings,
    }
    return _paths(lines), layer_settings, "shapes"


def _coordinates(landmarks: LandmarkPoints) -> NDArray[np.float64]:
    """(N, 2) rows and columns."""
    return np.array(list(landmarks.values()), dtype=float).reshape(-1, 2)


def _landmark_layer(landmarks: LandmarkPoints, side: int, settings: dict[str, Any]) -> FullLayerData:
    layer_settings: dict[str, Any] = {
        "name": LANDMARKS,
        "size": max(3.0, side / 110),
        "face_color": "white",
        "border_color": _TEXT_COLOUR,
        "border_width": 0.25,
        "features": {"name": [layer_name(name) for name in landmarks]},
        **settings,
    }
    if len(landmarks) <= _MAX_NAMED_LANDMARKS:
        layer_settings["text"] = {
            "string": "{name}",
            "size": 8,
            "color": _TEXT_COLOUR,
            "anchor": "center",
            "translation": np.array([-side / 50, 0]),
        }
    return _coordinates(landmarks), layer_settings, "points"


def layers_of(analysis: Analysis, edits: Edits, remeasured: Remeasured, results: Path) -> list[FullLayerData]:
    """The layers of a reviewed film from the bottom up: the film, its masks, the measured lines, the landmarks."""
    film_of_layer = {"results": str(results), "image": analysis.image}
    pixels, film_settings, kind = film_layer(analysis.radiograph, analysis.image)
    layers: list[FullLayerData] = [(pixels, {**film_settings, "metadata": {METADATA: film_of_layer}}, kind)]
    review = review_of(analysis)
    side, scale = max(analysis.radiograph.shape), scale_and_units(analysis.radiograph.spacing)

    def settings(**more: object) -> dict[str, Any]:
        return {"metadata": {METADATA: {**film_of_layer, **more}}, **scale}

    for name, mask in editable_masks(analysis, edits).items():
        visible = review is None or name not in review.hidden
        layers.append(_mask_layer(name, mask, {**settings(structure=name), "visible": visible}))
    if remeasured.landmarks:
        layers.append(_lines_layer(remeasured.lines, side, settings()))
        layers.append(_landmark_layer(remeasured.landmarks, side, settings(landmarks=list(remeasured.landmarks))))
    return layers
