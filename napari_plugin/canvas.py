"""napari's canvas: the widget that the films are drawn on."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QEvent, QObject, Signal
from qtpy.QtOpenGLWidgets import QOpenGLWidget
from qtpy.QtWidgets import QWidget


class Canvas(QObject):
    """The canvas of the window that a widget stands in; found when it is first asked for, as docking comes late."""

    resized = Signal()
    """The canvas has another size."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._beside = widget
        self._canvas: QOpenGLWidget | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in the window's pixels; 0, 0 where there is no canvas yet."""
        if self._canvas is None:
            self._canvas = self._beside.window().findChild(QOpenGLWidget)
            if self._canvas is None:
                return 0, 0
            self._canvas.installEventFilter(self)
        return self._canvas.height(), self._canvas.width()

    def eventFilter(self, _: QObject, event: Any) -> bool:  # noqa: N802  Qt's name
        """Watch for a new size; returns False, so that Qt handles the event as usual."""
        if event.type() == QEvent.Type.Resize:
            self.resized.emit()
        return False
