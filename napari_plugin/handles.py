"""Handles on a film: points that are dragged with the mouse, while a drag anywhere else still moves the film."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from napari.layers import Labels
from qtpy.QtCore import QObject, Signal

from radcaliper.measurements.types import Point

if TYPE_CHECKING:
    from napari.viewer import Viewer

_REACH: Final = 9.0
"""Pixels of the screen within which a handle is taken."""


class Handles(QObject):
    """Watches the mouse over a viewer's canvas.

    Positions are (row, col) on the film; ``on_film`` turns a place of the viewer's world into one.
    """

    dragged = Signal(str, object)
    """A handle's name and the Point that it is dragged to, while the button is down."""
    dropped = Signal(str, object)
    """A handle's name and the Point where the button was let go."""
    clicked = Signal(str, object)
    """The handle that was clicked, empty for none, and the Point; the mouse did not move."""

    def __init__(self, viewer: Viewer, on_film: Callable[[tuple[float, float]], Point], parent: QObject) -> None:
        super().__init__(parent)
        self._viewer, self._on_film = viewer, on_film
        self._points: Mapping[str, Point] = {}
        self._held = ""
        viewer.mouse_move_callbacks.append(self._hover)
        viewer.mouse_drag_callbacks.append(self._drag)

    def release(self) -> None:
        """Watch no longer."""
        self._viewer.mouse_move_callbacks.remove(self._hover)
        self._viewer.mouse_drag_callbacks.remove(self._drag)
        self._viewer.scene.camera.mouse_pan = True

    def show(self, points: Mapping[str, Point]) -> None:
        """Offer these handles instead; the one that is being dragged stays held."""
        self._points = points

    @property
    def held(self) -> str:
        """The handle that is being dragged; empty for none."""
        return self._held

    def at(self, position: tuple[float, float], reach: float) -> str:
        """The handle nearest to a place on the film, not further than ``reach`` pixels of the film; empty for none."""
        if not self._points:
            return ""
        distances = np.hypot(*(np.array(list(self._points.values())) - position).T)
        nearest = int(distances.argmin())
        return list(self._points)[nearest] if distances[nearest] <= reach else ""

    def _under(self, event: Any) -> tuple[str, Point]:
        """The handle under the mouse, and the mouse's place on the film. No handle is taken while a mask is painted."""
        place = self._on_film(tuple(event.position[-2:]))
        beside = self._on_film((event.position[-2], event.position[-1] + _REACH / self._viewer.scene.camera.zoom))
        active = self._viewer.layers.selection.active
        painting = isinstance(active, Labels) and active.visible and active.mode not in ("pan_zoom", "transform")
        return "" if painting else self.at(place, abs(beside.col - place.col)), place

    def _hover(self, viewer: Viewer, event: Any) -> None:
        if self._points and not self._held and not event.is_dragging:
            name, _ = self._under(event)
            active = viewer.layers.selection.active
            painting = isinstance(active, Labels) and active.visible and active.mode not in ("pan_zoom", "transform")
            if not painting:
                viewer.scene.camera.mouse_pan = not name
                viewer.cursor.style = "pointing" if name else "standard"

    def _drag(self, viewer: Viewer, event: Any) -> Iterator[None]:
        if event.button != 1:
            return
        name, start = self._under(event)
        offset = np.subtract(self._points[name], start) if name else np.zeros(2)
        if name:
            self._held, viewer.scene.camera.mouse_pan = name, False
            viewer.events.status.block()  # a new text in the status bar draws the whole window once more
        moved, place = False, start
        yield
        while event.type == "mouse_move":
            place = Point(*map(float, np.add(self._on_film(tuple(event.position[-2:])), offset)))
            moved = True
            if name:
                self.dragged.emit(name, place)
            yield
        self._held = ""
        if name:
            viewer.scene.camera.mouse_pan = True
            viewer.events.status.unblock()
        if not moved:
            self.clicked.emit(name, start)
        elif name:
            self.dropped.emit(name, place)
