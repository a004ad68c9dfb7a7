"""Detects that a docked widget is closed: napari sends it no close event, it only removes it from its dock."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QEvent, QObject, Signal
from qtpy.QtWidgets import QApplication, QMainWindow, QWidget


class DockCloseWatcher(QObject):
    """Watches a widget and the window that it is docked in."""

    window_closing = Signal()
    """The window is about to close; it may still stay open, as napari asks its user."""
    closed = Signal()
    """The widget is closed; sent once."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._is_closed = False
        widget.installEventFilter(self)
        QApplication.instance().aboutToQuit.connect(self._close)

    def eventFilter(self, watched: QObject, event: Any) -> bool:  # noqa: N802  Qt's name
        """Watch the events of widget and window; returns False, so that Qt handles them as usual."""
        # when Python shuts down, PySide6 calls this after the attributes are gone
        if getattr(self, "_is_closed", True):
            return False
        kind = event.type()
        if kind == QEvent.Type.Close and isinstance(watched, QMainWindow):
            self.window_closing.emit()
        elif watched is not self._widget:
            return False
        elif kind == QEvent.Type.Show:
            self._widget.window().installEventFilter(self)
        elif kind == QEvent.Type.Close or (kind == QEvent.Type.ParentChange and self._widget.parent() is None):
            self._close()
        return False

    def _close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self.closed.emit()
