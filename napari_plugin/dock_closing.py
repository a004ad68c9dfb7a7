"""When a docked widget is over: napari sends it no close event, it only takes it out of its dock."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QEvent, QObject, Signal
from qtpy.QtWidgets import QApplication, QMainWindow, QWidget


class Closing(QObject):
    """Watches a widget and the window it is docked in."""

    leaving = Signal()
    """The window is about to close; it may yet stay, as its user is asked."""
    closed = Signal()
    """The widget is over; sent once."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._over = False
        widget.installEventFilter(self)
        QApplication.instance().aboutToQuit.connect(self._end)

    def eventFilter(self, watched: QObject, event: Any) -> bool:  # noqa: N802  Qt's name
        """Look at what happens, and let it happen."""
        if getattr(self, "_over", True):  # PySide6 still asks when Python is shutting down and the attributes are gone
            return False
        kind = event.type()
        if kind == QEvent.Type.Close and isinstance(watched, QMainWindow):
            self.leaving.emit()
        elif watched is not self._widget:
            return False
        elif kind == QEvent.Type.Show:
            self._widget.window().installEventFilter(self)
        elif kind == QEvent.Type.Close or (kind == QEvent.Type.ParentChange and self._widget.parent() is None):
            self._end()
        return False

    def _end(self) -> None:
        if not self._over:
            self._over = True
            self.closed.emit()
