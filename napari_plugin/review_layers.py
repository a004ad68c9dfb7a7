"""The layers of a film under review: the film, its masks, measured lines and landmarks; and edits made on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from napari.layers import Labels, Layer, Points, Shapes
from napari.utils.colormaps import DirectLabelColormap
from napari.utils.notifications import show_warning
from numpy.typing import NDArray
from qtpy.QtCore import QTimer

from radcaliper.measurements.types import Analysis, Mask, Point
from radcaliper.napari_plugin.colours import colour_of
from radcaliper.napari_plugin.film_layer import METADATA, film_layer, scale_and_units
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.protocol import LandmarkPoints, MeasuredLine
from radcaliper.pipelines.review.remeasure import Remeasured, review_of

if TYPE_CHECKING:
    from napari.types import FullLayerData
    from napari.viewer import Viewer

LANDMARKS: Final = "landmarks"
LINES: Final = "measured lines"
_TEXT_COLOUR: Final = "#E69F00"
"""Okabe and Ito's orange: it can be read on dark and on bright parts of a film."""
_MAX_NAMED_LANDMARKS: Final = 9
"""More landmarks than this are shown without names, which would cover the film."""


def layer_name(structure: str) -> str:
    """The layer name of a structure or landmark: ``right_lung`` is Right lung."""
    return structure.replace("_", " ").capitalize()


def _editable_masks(analysis: Analysis, edits: Edits) -> dict[str, Mask]:
    review = review_of(analysis)
    if review is None or analysis.prediction is None:
        return {}
    masks = {**analysis.prediction.masks, **edits.masks}
    return {name: masks[name] for name in review.structures if name in masks}


def _mask_layer(structure: str, mask: Mask, settings: dict[str, Any]) -> FullLayerData:
    colours = DirectLabelColormap(color_dict={None: (0, 0, 0, 0), 0: (0, 0, 0, 0), 1: colour_of(structure)})
    layer_settings = {"name": layer_name(structure), "opacity": 0.25, "colormap": colours, **settings}
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

    for name, mask in _editable_masks(analysis, edits).items():
        visible = review is None or name not in review.hidden
        layers.append(_mask_layer(name, mask, {**settings(structure=name), "visible": visible}))
    if remeasured.landmarks:
        layers.append(_lines_layer(remeasured.lines, side, settings()))
        layers.append(_landmark_layer(remeasured.landmarks, side, settings(landmarks=list(remeasured.landmarks))))
    return layers


class ReviewLayers:
    """The layers of the film under review in one viewer.

    ``on_mask(structure, mask)`` is called when a person edited a mask, ``on_landmarks(moved, finished)`` when one moved
    landmarks: ``finished`` is False while they are being dragged. ``mask_keys`` are bound on every mask layer.
    """

    def __init__(
        self,
        viewer: Viewer,
        on_mask: Callable[[str, Mask], None],
        on_landmarks: Callable[[LandmarkPoints, bool], None],
        mask_keys: Mapping[str, Callable[[], None]],
    ) -> None:
        self._viewer = viewer
        self._mask_keys = mask_keys
        self._on_mask, self._on_landmarks = on_mask, on_landmarks
        self._mask_layers: dict[str, Labels] = {}
        self._shown_masks: dict[str, Mask] = {}
        self._landmark_layer: Points | None = None
        self._line_layer: Shapes | None = None
        self._landmarks: dict[str, Point] = {}
        self._layers: list[Layer] = []
        self._layer_kinds: list[tuple[str, str]] = []
        self._line_styles: list[tuple[str, bool]] = []
        self._line_labels: list[str] = []

    def show(self, analysis: Analysis, edits: Edits, remeasured: Remeasured, results: Path) -> None:
        """Show a film: in the layers of the film before where they are of the same kinds, else in new layers."""
        layers = layers_of(analysis, edits, remeasured, results)
        self._shown_masks = _editable_masks(analysis, edits)
        kinds = [(kind, settings["metadata"][METADATA].get("structure", "")) for _, settings, kind in layers]
        if kinds == self._layer_kinds and all(layer in self._viewer.layers for layer in self._layers):
            self._update_layers(layers, remeasured)
        else:
            self._create_layers(layers, remeasured)
            self._layer_kinds = kinds
        self._viewer.reset_view()
        if self._landmark_layer is not None:
            self._viewer.layers.selection.active = self._landmark_layer
            self._landmark_layer.mode = "select"

    def _create_layers(self, layers: Sequence[FullLayerData], remeasured: Remeasured) -> None:
        self.clear()
        self._landmarks = dict(remeasured.landmarks)
        for data, settings, kind in layers:
            layer = Layer.create(data, settings, kind)
            self._viewer.add_layer(layer)
            self._layers.append(layer)
            self._connect(layer, settings["metadata"][METADATA].get("structure", ""))

    def _update_layers(self, layers: Sequence[FullLayerData], remeasured: Remeasured) -> None:
        """Show another film in the same layers, which is much quicker than creating layers."""
        for layer, (data, settings, kind) in zip(self._layers, layers, strict=True):
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
                self._landmarks = dict(remeasured.landmarks)
                self._set_landmarks(self._landmarks)
                layer.size = settings["size"]

    def _connect(self, layer: Layer, structure: str) -> None:
        if isinstance(layer, Labels):
            self._mask_layers[structure] = layer
            layer.brush_size = max(10, max(layer.data.shape) // 60)
            for key, action in self._mask_keys.items():
                layer.bind_key(key, lambda _, action=action: action(), overwrite=True)
            # napari may send the event before it changes the mask
            layer.events.paint.connect(lambda _: QTimer.singleShot(0, lambda: self._mask_painted(structure)))
        elif isinstance(layer, Points):
            self._landmark_layer = layer
            layer.events.set_data.connect(self._landmarks_dragged)
            layer.events.data.connect(self._landmarks_changed)
        elif isinstance(layer, Shapes):
            self._line_layer = layer
            layer.editable = False

    @property
    def active_structure(self) -> str | None:
        """The structure whose mask is the viewer's active layer."""
        active = self._viewer.layers.selection.active
        structure = None if active is None else active.metadata.get(METADATA, {}).get("structure")
        return structure if structure in self._mask_layers else None

    @property
    def selected_landmarks(self) -> list[str]:
        """The selected landmarks; after dragging, those that were dragged."""
        selected = () if self._landmark_layer is None else self._landmark_layer.selected_data
        return [name for index, name in enumerate(self._landmarks) if index in selected]

    def mask(self, structure: str) -> Mask:
        """A structure's mask as its layer shows it."""
        return np.asarray(self._mask_layers[structure].data) > 0

    def _mask_painted(self, structure: str) -> None:
        if structure in self._mask_layers:
            mask = self._shown_masks[structure] = self.mask(structure)
            self._on_mask(structure, mask)

    def _moved_landmarks(self) -> dict[str, Point]:
        if self._landmark_layer is None or len(self._landmark_layer.data) != len(self._landmarks):
            return {}
        points = [Point(*map(float, at)) for at in self._landmark_layer.data]
        now = dict(zip(self._landmarks, points, strict=True))
        return {name: point for name, point in now.items() if point != self._landmarks[name]}

    def _landmarks_dragged(self, _: object) -> None:
        if moved := self._moved_landmarks():
            self._on_landmarks(moved, False)

    def _landmarks_changed(self, event: Any) -> None:
        if event.action in ("added", "removed"):
            show_warning("landmarks are moved, not added or removed")
            self._set_landmarks(self._landmarks)
        elif event.action == "changed" and (moved := self._moved_landmarks()):
            self._landmarks |= moved
            self._on_landmarks(moved, True)

    def update(self, edits: Edits, analysis: Analysis, remeasured: Remeasured, finished: bool) -> None:
        """Show lines, masks and landmarks after edits; only lines while a landmark is dragged (not ``finished``)."""
        self._draw_lines(remeasured.lines)
        if not finished:
            return
        for name, mask in _editable_masks(analysis, edits).items():
            if mask is not self._shown_masks[name]:
                self._mask_layers[name].data = mask.astype(np.uint8)
                self._shown_masks[name] = mask
        if self._landmarks != dict(remeasured.landmarks):
            self._landmarks = dict(remeasured.landmarks)
            self._set_landmarks(self._landmarks)

    def _set_landmarks(self, landmarks: LandmarkPoints) -> None:
        if self._landmark_layer is None:
            return
        events = self._landmark_layer.events
        with events.data.blocker(self._landmarks_changed), events.set_data.blocker(self._landmarks_dragged):
            self._landmark_layer.data = _coordinates(landmarks)
            self._landmark_layer.features = {"name": [layer_name(name) for name in landmarks]}

    def _draw_lines(self, lines: Sequence[MeasuredLine]) -> None:
        if self._line_layer is None:
            return
        styles, labels = [(line.colour_key, line.closed) for line in lines], [line.label for line in lines]
        if lines and styles == self._line_styles:  # the same lines at other places: they keep their colours
            self._line_layer.data = _paths(lines)
        else:
            width = self._line_layer.current_edge_width
            self._line_layer.data = []
            if lines:
                self._line_layer.add(_paths(lines), edge_width=width, face_color="transparent", **_line_settings(lines))
        if lines and (styles, labels) != (self._line_styles, self._line_labels):
            self._line_layer.features = {"label": labels}
        self._line_styles, self._line_labels = styles, labels

    def clear(self) -> None:
        """Remove the film's layers."""
        for layer in self._layers:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        self._layers, self._layer_kinds, self._mask_layers = [], [], {}
        self._landmark_layer, self._line_layer = None, None
        self._line_styles, self._line_labels = [], []
