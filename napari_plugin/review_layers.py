"""The layers of the film under review: the film, a picture of all that is drawn over it, and the mask being corrected.

Masks, lines and handles are one picture at the screen's resolution, drawn anew when something moved; only the mask that
is being corrected is a layer of labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from napari.layers import Image, Labels, Layer
from numpy.typing import NDArray
from qtpy.QtCore import QObject, QTimer, Signal
from qtpy.QtGui import QImage
from qtpy.QtWidgets import QWidget

from radcaliper.measurements.types import Analysis, Mask, Masks, Point, Status
from radcaliper.napari_plugin.canvas import Canvas
from radcaliper.napari_plugin.film_layer import METADATA, film_layer, scale_and_units
from radcaliper.napari_plugin.handles import Handles
from radcaliper.napari_plugin.overlay_picture import (
    Mark,
    Outlines,
    Picture,
    masks_picture,
    outlines_of,
    with_lines,
)
from radcaliper.napari_plugin.result_layers import layer_name, mask_colours
from radcaliper.napari_plugin.screen_view import ScreenView, view_of
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.remeasure import Remeasured, editable_masks, review_of

if TYPE_CHECKING:
    from napari.viewer import Viewer

OVERLAY: Final = "masks and lines"
_HANDLE_PIXELS, _SMALL_HANDLE_PIXELS = 11, 7
"""Handles are smaller where there are more than ``_MOST_NAMED``."""
_MOST_NAMED: Final = 9
"""More landmarks than this have no names beside them, which would cover the film."""
_REDRAW_AFTER_MS: Final = 30
"""How long the camera must rest before masks and lines are drawn for what it shows now."""


class ReviewLayers(QObject):
    """Shows one film in a viewer, and tells of what a person does to it."""

    mask_painted = Signal(str, object)
    """A structure and its mask (H, W) after a stroke."""
    landmark_dragged = Signal(str, object, bool)
    """A landmark, the Point it is at, and whether the button was let go."""
    film_clicked = Signal(object)
    """The Point on the film that was clicked, beside all landmarks."""

    def __init__(self, viewer: Viewer, mask_keys: Mapping[str, Callable[[], None]], parent: QWidget) -> None:
        super().__init__(parent)
        self._viewer, self._mask_keys = viewer, mask_keys
        self._film: Image | None = None
        self._overlay: Image | None = None
        self._labels: Labels | None = None
        self._beside: list[Layer] = []
        self._analysis: Analysis | None = None
        self._remeasured = Remeasured()
        self._masks: Masks = {}
        self._outlines: dict[str, tuple[Mask, tuple[NDArray[np.float64], ...]]] = {}
        self._picture: tuple[ScreenView, QImage] | None = None
        self._shown_masks = True
        self.structure = ""
        self.chosen = ""
        self._fitted_at: tuple[Any, ...] = ()
        self._handles = Handles(viewer, self.on_film, self)
        self._handles.dragged.connect(lambda name, point: self._move_handle(name, point, False))
        self._handles.dropped.connect(lambda name, point: self._move_handle(name, point, True))
        self._handles.clicked.connect(self._click)
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.setInterval(_REDRAW_AFTER_MS)
        self._redraw.timeout.connect(self.draw)
        viewer.scene.camera.events.zoom.connect(self._redraw_soon)
        viewer.scene.camera.events.center.connect(self._redraw_soon)
        self._canvas = Canvas(parent)
        self._canvas.resized.connect(self._canvas_resized)

    def _redraw_soon(self, _: object = None) -> None:
        self._redraw.start()

    # ---- the film and its place on the screen

    @property
    def _scale(self) -> tuple[float, float]:
        """Size of the film's pixels in the viewer's world."""
        grid = None if self._analysis is None else self._analysis.radiograph.spacing
        return (1.0, 1.0) if grid is None else (grid.row_mm, grid.col_mm)

    def on_film(self, world: tuple[float, float]) -> Point:
        """A place of the viewer's world as (row, col) on the film."""
        return Point(*(float(place / step) for place, step in zip(world, self._scale, strict=True)))

    def _view(self, analysis: Analysis) -> ScreenView:
        camera = self._viewer.scene.camera
        centre = self.on_film((camera.center[-2], camera.center[-1]))
        down, across = self._scale
        scale = (camera.zoom * down, camera.zoom * across)
        return view_of(analysis.radiograph.shape, centre, scale, self._canvas.size)

    def fit(self) -> None:
        """Fit the film, and one beside it, to the canvas."""
        if self._film is not None:
            films = [layer for layer in self._beside if layer.name != OVERLAY]
            self._viewer.fit_to_view(layers=[self._film, *films], margin=0.02)
            self._fitted_at = self._camera()
            self._redraw_soon()

    def _camera(self) -> tuple[Any, ...]:
        return (self._viewer.scene.camera.zoom, *self._viewer.scene.camera.center)

    def _canvas_resized(self) -> None:
        """Fit the film again, unless a person has moved or zoomed it."""
        if self._film is not None:
            QTimer.singleShot(0, self.fit if self._fitted_at == self._camera() else self._redraw_soon)

    # ---- showing a film

    def show(self, analysis: Analysis, edits: Edits, remeasured: Remeasured, results: Path) -> None:
        """Show another film, fitted; landmarks can be dragged at once."""
        self.clear()
        for layer in self._viewer.layers:  # what a person opened before must not show beside or through the film
            layer.visible = False
        self._analysis, self._remeasured = analysis, remeasured
        self._masks = editable_masks(analysis, edits)
        note = {"results": str(results), "image": analysis.image}
        grey, settings, _ = film_layer(analysis.radiograph, analysis.image)
        place: dict[str, Any] = {"metadata": {METADATA: note}, **scale_and_units(analysis.radiograph.spacing)}
        self._film = self._add(Image(grey, **{**settings, **place}))
        picture = np.zeros((2, 2, 4), np.uint8)
        self._overlay = self._add(Image(picture, rgb=True, name=OVERLAY, interpolation2d="nearest", **place))
        if self._masks:
            self._labels = self._add(Labels(np.zeros(analysis.radiograph.shape, np.uint8), visible=False, **place))
            self._connect_labels(self._labels)
        self._handles.show(remeasured.landmarks)
        self.correct_mask("")
        self.fit()
        self.draw()

    def _add(self, layer: Any) -> Any:
        layer.events.thumbnail.block()  # made anew with every picture, for a list that is seldom seen
        self._viewer.add_layer(layer)
        return layer

    def _connect_labels(self, layer: Labels) -> None:
        layer.brush_size = max(10, max(layer.data.shape) // 60)
        for key, action in self._mask_keys.items():
            layer.bind_key(key, lambda _, action=action: action(), overwrite=True)
        # napari may send the event before it changes the mask
        layer.events.paint.connect(lambda _: QTimer.singleShot(0, self._tell_painted))

    def _tell_painted(self) -> None:
        if self._labels is not None and self.structure:
            mask = self.mask(self.structure)
            self._masks = {**self._masks, self.structure: mask}
            self.mask_painted.emit(self.structure, mask)

    @property
    def structures(self) -> tuple[str, ...]:
        """The structures whose masks may be corrected."""
        return tuple(self._masks)

    def mask(self, structure: str) -> Mask:
        """A structure's mask (H, W) as it is shown."""
        if structure == self.structure and self._labels is not None:
            return np.asarray(self._labels.data) > 0
        return self._masks[structure]

    def correct_mask(self, structure: str) -> None:
        """Make a structure's mask the layer to paint on; with an empty name, let landmarks be dragged again."""
        self.structure = structure
        if self._labels is not None:
            self._labels.visible = bool(structure)
            if structure:
                self._labels.name = layer_name(structure)
                self._labels.colormap = mask_colours(structure)
                self._labels.opacity = 0.4
                self._labels.data = self._masks[structure].astype(np.uint8)
                self._labels.mode = "paint"
                self._labels.selected_label = 1
        self._viewer.layers.selection.active = self._labels if structure else self._film
        self._handles.show({} if structure else self._remeasured.landmarks)
        self._picture = None
        self._redraw_soon()

    def show_masks(self, shown: bool) -> None:
        """Show or hide the masks that are not being corrected."""
        self._shown_masks, self._picture = shown, None
        self.draw()

    # ---- landmarks

    def _move_handle(self, name: str, point: Point, finished: bool) -> None:
        self._choose(name)
        self.landmark_dragged.emit(name, point, finished)

    def _click(self, name: str, point: Point) -> None:
        self._choose(name)
        if not name:
            self.film_clicked.emit(point)

    def _choose(self, name: str) -> None:
        """Mark a landmark as the chosen one; none where the name is empty."""
        if name != self.chosen:
            self.chosen = name
            self._redraw_soon()

    @property
    def is_dragging(self) -> bool:
        """Whether a landmark is being dragged."""
        return bool(self._handles.held)

    # ---- after edits

    def update(self, edits: Edits, remeasured: Remeasured) -> None:
        """Show lines, masks and landmarks after edits."""
        analysis = self._analysis
        if analysis is None:
            return
        if remeasured.landmarks.keys() != self._remeasured.landmarks.keys():
            self.chosen = ""
        self._remeasured = remeasured
        if not self.is_dragging:
            self._show_masks_of(editable_masks(analysis, edits))
        self._handles.show({} if self.structure else remeasured.landmarks)
        self.draw()

    def _show_masks_of(self, masks: Masks) -> None:
        for name, mask in masks.items():
            if mask is not self._masks.get(name):
                self._picture = None
                if name == self.structure and self._labels is not None and (mask != self.mask(name)).any():
                    self._labels.data = mask.astype(np.uint8)
        self._masks = masks

    def _outlines_of_masks(self) -> Outlines:
        """Of the masks that are shown in the picture; each is followed once."""
        assert self._analysis is not None
        review = review_of(self._analysis)
        hidden = () if review is None else review.hidden
        if not self._shown_masks:
            return {}
        for name, mask in self._masks.items():
            if name not in self._outlines or self._outlines[name][0] is not mask:
                self._outlines[name] = (mask, outlines_of(mask))
        shown = (name for name in self._masks if name not in hidden and name != self.structure)
        return {name: self._outlines[name][1] for name in shown}

    def draw(self) -> None:
        """Draw masks and lines for what the canvas shows."""
        analysis, overlay = self._analysis, self._overlay
        if analysis is None or overlay is None:
            return
        view = self._view(analysis)
        if 0 in view.shape:
            return
        if self._picture is None or self._picture[0] != view:
            statuses = {each.structure: each.status for each in analysis.qualities}
            self._picture = (view, masks_picture(view, self._outlines_of_masks(), statuses))
            moved = True
        else:
            moved = False
        self._show_picture(with_lines(self._picture[1], view, self._remeasured.lines, self._marks()))
        if moved:
            row, col = view.first_pixel
            down, across = self._scale
            overlay.scale = (down / view.scale[0], across / view.scale[1])
            overlay.translate = (row * down, col * across)

    def _show_picture(self, picture: Picture) -> None:
        """Put a picture into its layer; one of the same size in the same memory, which napari need not look into."""
        overlay = self._overlay
        if overlay is None:
            return
        if overlay.data.shape == picture.shape:
            overlay.data[...] = picture
            overlay.refresh(thumbnail=False, extent=False)
        else:
            overlay.data = picture

    def _marks(self) -> tuple[Mark, ...]:
        """The handles; with their names where there are few. None while a mask is corrected."""
        landmarks = {} if self.structure else self._remeasured.landmarks
        few = len(landmarks) <= _MOST_NAMED
        size = _HANDLE_PIXELS if few else _SMALL_HANDLE_PIXELS
        return tuple(
            Mark(point, size, name == self.chosen, layer_name(name) if few else "") for name, point in landmarks.items()
        )

    # ---- another film beside it

    def show_beside(self, analysis: Analysis | None, remeasured: Remeasured) -> None:
        """Show another film to the right at the same height, with its lines; None shows the one film alone."""
        for layer in self._beside:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        self._beside = []
        if analysis is not None and self._analysis is not None:
            self._beside = self._layers_beside(analysis, remeasured)
        self._viewer.layers.selection.active = self._labels if self.structure else self._film
        self.fit()

    def _layers_beside(self, analysis: Analysis, remeasured: Remeasured) -> list[Layer]:
        assert self._analysis is not None
        own, (height, width) = self._analysis.radiograph, analysis.radiograph.shape
        down, across = self._scale
        step = own.shape[0] * down / height
        place: dict[str, Any] = {
            "translate": (0.0, 1.02 * own.shape[1] * across),
            "units": scale_and_units(own.spacing)["units"],
        }
        pixels, settings, _ = film_layer(analysis.radiograph, analysis.image)
        film = self._add(Image(pixels, **{**settings, **place, "scale": (step, step)}))
        size = min(1.0, 1000 / max(height, width))
        view = ScreenView(-0.5, -0.5, (size, size), (round(height * size), round(width * size)))
        outlines = {name: outlines_of(mask) for name, mask in editable_masks(analysis, Edits()).items()}
        review = review_of(analysis)
        shown = {name: rings for name, rings in outlines.items() if review is None or name not in review.hidden}
        statuses: dict[str, Status] = {each.structure: each.status for each in analysis.qualities}
        picture = with_lines(masks_picture(view, shown, statuses), view, remeasured.lines, ())
        overlay = self._add(Image(picture, rgb=True, name=OVERLAY, **{**place, "scale": (step / size, step / size)}))
        return [film, overlay]

    def clear(self) -> None:
        """Remove the film's layers."""
        layers: Sequence[Layer | None] = (*self._beside, self._film, self._overlay, self._labels)
        self._film = self._overlay = self._labels = None
        self._analysis, self._remeasured = None, Remeasured()
        self._beside, self._masks, self._outlines, self._picture = [], {}, {}, None
        self.structure = self.chosen = ""
        self._handles.show({})
        for layer in layers:
            if layer is not None and layer in self._viewer.layers:
                self._viewer.layers.remove(layer)

    def release(self) -> None:
        """Remove the layers, and watch neither mouse nor camera any longer."""
        self.clear()
        self._redraw.stop()
        self._handles.release()
        self._viewer.scene.camera.events.zoom.disconnect(self._redraw_soon)
        self._viewer.scene.camera.events.center.disconnect(self._redraw_soon)
