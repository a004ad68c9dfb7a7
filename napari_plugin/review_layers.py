"""A film on the viewer's canvas: its masks, measured lines and landmarks as layers, and a person's edits of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from napari.layers import Labels, Layer, Points, Shapes
from napari.utils.colormaps import DirectLabelColormap
from napari.utils.notifications import show_warning
from qtpy.QtCore import QTimer

from radcaliper.measurements.types import Analysis, Mask, Point
from radcaliper.napari_plugin.colours import colour_of
from radcaliper.napari_plugin.film_layer import METADATA, film_layer, placing
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.protocol import Line
from radcaliper.pipelines.review.protocol import Points as LandmarkPoints
from radcaliper.pipelines.review.remeasure import Remeasured, review_of

if TYPE_CHECKING:
    from napari.types import FullLayerData
    from napari.viewer import Viewer

LANDMARKS: Final = "landmarks"
LINES: Final = "measured lines"
_WORDS: Final = "#E69F00"
"""Okabe and Ito's orange, which reads on dark and on bright parts of a film."""
_MOST_NAMES: Final = 9
"""More landmarks than these are not named on the canvas: the names would cover the film."""


def layer_name(structure: str) -> str:
    """A structure's name as it is read: ``right_lung`` is Right lung."""
    return structure.replace("_", " ").capitalize()


def _shown_masks(analysis: Analysis, edits: Edits) -> dict[str, Mask]:
    review = review_of(analysis)
    if review is None or analysis.prediction is None:
        return {}
    masks = {**analysis.prediction.masks, **edits.masks}
    return {name: masks[name] for name in review.structures if name in masks}


def _mask_layer(structure: str, mask: Mask, settings: dict[str, Any]) -> FullLayerData:
    colours = DirectLabelColormap(color_dict={None: (0, 0, 0, 0), 0: (0, 0, 0, 0), 1: colour_of(structure)})
    shown = {"name": layer_name(structure), "opacity": 0.25, "colormap": colours, **settings}
    return mask.astype(np.uint8), shown, "labels"


def _line_settings(lines: Sequence[Line]) -> dict[str, Any]:
    return {
        "shape_type": ["polygon" if line.closed else "path" for line in lines],
        "edge_color": [colour_of(line.belongs_to) for line in lines],
    }


def _paths(lines: Sequence[Line]) -> list[Any]:
    return [np.array(line.path) for line in lines]


def _lines_layer(lines: Sequence[Line], side: int, settings: dict[str, Any]) -> FullLayerData:
    shown = {
        "name": LINES,
        "edge_width": max(1.0, side / 320),
        "face_color": "transparent",
        "features": {"label": [line.label for line in lines]},
        "text": {"string": "{label}", "size": 11, "color": _WORDS, "anchor": "center"},
        **(_line_settings(lines) if lines else {}),
        **settings,
    }
    return _paths(lines), shown, "shapes"


def _points_layer(places: LandmarkPoints, side: int, settings: dict[str, Any]) -> FullLayerData:
    shown: dict[str, Any] = {
        "name": LANDMARKS,
        "size": max(3.0, side / 110),
        "face_color": "white",
        "border_color": _WORDS,
        "border_width": 0.25,
        "features": {"name": [layer_name(name) for name in places]},
        **settings,
    }
    if len(places) <= _MOST_NAMES:
        shown["text"] = {
            "string": "{name}",
            "size": 8,
            "color": _WORDS,
            "anchor": "center",
            "translation": np.array([-side / 50, 0]),
        }
    return np.array(list(places.values()), dtype=float).reshape(-1, 2), shown, "points"


def layers_of(analysis: Analysis, edits: Edits, remeasured: Remeasured, results: Path) -> list[FullLayerData]:
    """The layers of a reviewed film from the bottom up: the film, its masks, the measured lines, the landmarks."""
    belongs = {"results": str(results), "image": analysis.image}
    pixels, shown, kind = film_layer(analysis.radiograph, analysis.image)
    layers: list[FullLayerData] = [(pixels, {**shown, "metadata": {METADATA: belongs}}, kind)]
    review = review_of(analysis)
    side, place = max(analysis.radiograph.shape), placing(analysis.radiograph.spacing)

    def settings(**more: object) -> dict[str, Any]:
        return {"metadata": {METADATA: {**belongs, **more}}, **place}

    for name, mask in _shown_masks(analysis, edits).items():
        visible = review is None or name not in review.hidden
        layers.append(_mask_layer(name, mask, {**settings(structure=name), "visible": visible}))
    if remeasured.landmarks:
        layers.append(_lines_layer(remeasured.lines, side, settings()))
        layers.append(_points_layer(remeasured.landmarks, side, settings(landmarks=list(remeasured.landmarks))))
    return layers


class ReviewLayers:
    """The layers of the film under review in one viewer; tells what a person changes on them."""

    def __init__(
        self,
        viewer: Viewer,
        on_mask: Callable[[str, Mask], None],
        on_points: Callable[[LandmarkPoints, bool], None],
        mask_keys: Mapping[str, Callable[[], None]],
    ) -> None:
        self._viewer = viewer
        self._mask_keys = mask_keys
        self._on_mask, self._on_points = on_mask, on_points
        self._masks: dict[str, Labels] = {}
        self._drawn: dict[str, Mask] = {}
        self._points: Points | None = None
        self._lines: Shapes | None = None
        self._places: dict[str, Point] = {}
        self._shown: list[Layer] = []
        self._kinds: list[tuple[str, str]] = []
        self._line_kinds: list[tuple[str, bool]] = []
        self._line_labels: list[str] = []

    def show(self, analysis: Analysis, edits: Edits, remeasured: Remeasured, results: Path) -> None:
        """Put a film's layers in place of the former film's, or fill those where they are of the same kinds."""
        layers = layers_of(analysis, edits, remeasured, results)
        self._drawn = _shown_masks(analysis, edits)
        kinds = [(kind, settings["metadata"][METADATA].get("structure", "")) for _, settings, kind in layers]
        if kinds == self._kinds and all(layer in self._viewer.layers for layer in self._shown):
            self._refill(layers, remeasured)
        else:
            self._replace(layers, remeasured)
            self._kinds = kinds
        self._viewer.reset_view()
        if self._points is not None:
            self._viewer.layers.selection.active = self._points
            self._points.mode = "select"

    def _replace(self, layers: Sequence[FullLayerData], remeasured: Remeasured) -> None:
        self.clear()
        self._places = dict(remeasured.landmarks)
        for data, settings, kind in layers:
            layer = Layer.create(data, settings, kind)
            self._viewer.add_layer(layer)
            self._shown.append(layer)
            self._listen(layer, settings["metadata"][METADATA].get("structure", ""))

    def _refill(self, layers: Sequence[FullLayerData], remeasured: Remeasured) -> None:
        """Another film in the same layers: much quicker than new ones."""
        for layer, (data, settings, kind) in zip(self._shown, layers, strict=True):
            for setting in ("name", "metadata", "scale", "units"):
                setattr(layer, setting, settings[setting])
            if kind in ("image", "labels"):
                layer.data = data
            if kind == "image":
                layer.contrast_limits = settings["contrast_limits"]
            elif kind == "shapes":
                layer.current_edge_width = settings["edge_width"]
                self._draw_lines(remeasured.lines)
            elif kind == "points":
                self._places = dict(remeasured.landmarks)
                self._place_points(self._places)
                layer.size = settings["size"]

    def _listen(self, layer: Layer, structure: str) -> None:
        if isinstance(layer, Labels):
            self._masks[structure] = layer
            layer.brush_size = max(10, max(layer.data.shape) // 60)
            for key, action in self._mask_keys.items():
                layer.bind_key(key, lambda _, action=action: action(), overwrite=True)
            # the event may come before the stroke is on the mask
            layer.events.paint.connect(lambda _: QTimer.singleShot(0, lambda: self._brushed(structure)))
        elif isinstance(layer, Points):
            self._points = layer
            layer.events.set_data.connect(self._dragging)
            layer.events.data.connect(self._dragged)
        elif isinstance(layer, Shapes):
            self._lines = layer
            layer.editable = False

    @property
    def active_structure(self) -> str | None:
        """The structure whose mask is the viewer's active layer."""
        active = self._viewer.layers.selection.active
        structure = None if active is None else active.metadata.get(METADATA, {}).get("structure")
        return structure if structure in self._masks else None

    @property
    def chosen_landmarks(self) -> list[str]:
        """The landmarks that are selected; after a drag, those that were dragged."""
        chosen = () if self._points is None else self._points.selected_data
        return [name for place, name in enumerate(self._places) if place in chosen]

    def mask(self, structure: str) -> Mask:
        """A structure's mask as it is on the canvas."""
        return np.asarray(self._masks[structure].data) > 0

    def _brushed(self, structure: str) -> None:
        if structure in self._masks:
            mask = self._drawn[structure] = self.mask(structure)
            self._on_mask(structure, mask)

    def _moved(self) -> dict[str, Point]:
        if self._points is None or len(self._points.data) != len(self._places):
            return {}
        now = {name: Point(*map(float, place)) for name, place in zip(self._places, self._points.data, strict=True)}
        return {name: point for name, point in now.items() if point != self._places[name]}

    def _dragging(self, _: object) -> None:
        if moved := self._moved():
            self._on_points(moved, False)

    def _dragged(self, event: Any) -> None:
        if event.action in ("added", "removed"):
            show_warning("landmarks are moved, not added or removed")
            self._place_points(self._places)
        elif event.action == "changed" and (moved := self._moved()):
            self._places |= moved
            self._on_points(moved, True)

    def update(self, edits: Edits, analysis: Analysis, remeasured: Remeasured, finished: bool) -> None:
        """Draw what the edits come to; landmarks and masks only when no drag is under way."""
        self._draw_lines(remeasured.lines)
        if not finished:
            return
        for name, mask in _shown_masks(analysis, edits).items():
            if mask is not self._drawn[name]:
                self._masks[name].data = mask.astype(np.uint8)
                self._drawn[name] = mask
        if self._places != dict(remeasured.landmarks):
            self._places = dict(remeasured.landmarks)
            self._place_points(self._places)

    def _place_points(self, places: LandmarkPoints) -> None:
        if self._points is None:
            return
        with ExitStack() as quiet:
            quiet.enter_context(self._points.events.data.blocker(self._dragged))
            quiet.enter_context(self._points.events.set_data.blocker(self._dragging))
            self._points.data = np.array(list(places.values()), dtype=float).reshape(-1, 2)
            self._points.features = {"name": [layer_name(name) for name in places]}

    def _draw_lines(self, lines: Sequence[Line]) -> None:
        if self._lines is None:
            return
        kinds, labels = [(line.belongs_to, line.closed) for line in lines], [line.label for line in lines]
        if lines and kinds == self._line_kinds:  # as while a point is dragged: the same lines at other places
            self._lines.data = _paths(lines)
        else:
            width = self._lines.current_edge_width
            self._lines.data = []
            if lines:
                self._lines.add(_paths(lines), edge_width=width, face_color="transparent", **_line_settings(lines))
        if lines and (kinds, labels) != (self._line_kinds, self._line_labels):
            self._lines.features = {"label": labels}
        self._line_kinds, self._line_labels = kinds, labels

    def clear(self) -> None:
        """Take the film's layers off the canvas."""
        for layer in self._shown:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        self._shown, self._kinds, self._masks, self._points, self._lines = [], [], {}, None, None
        self._line_kinds, self._line_labels = [], []
