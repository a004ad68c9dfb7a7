"""Where the plugin stands in napari's window: one column of tabs with napari's own lists, the film has the rest."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from qtpy.QtCore import QEvent, QObject, Qt, QTimer
from qtpy.QtWidgets import QDockWidget, QMainWindow, QWidget

_OWN: Final = ("layer controls", "layer list")
"""The names of napari's own docks."""
_WIDTH: Final = 400
"""Width in pixels at which the numbers can be read."""
_SHARE: Final = 0.46
"""The most of a window's width that the column takes at first."""


class Column(QObject):
    """Puts a docked widget as a tab before napari's own docks, once it is shown, and shares out the window's width."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._placed = False
        widget.installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Watch for the widget being shown; returns False, so that Qt handles the event as usual."""
        if event.type() == QEvent.Type.Show and not getattr(self, "_placed", True):
            self._placed = True
            QTimer.singleShot(0, self._place)
        return False

    def _place(self) -> None:
        window, dock = self._widget.window(), self._dock()
        if not isinstance(window, QMainWindow) or dock is None:
            return
        own = [each for each in window.findChildren(QDockWidget) if each.objectName() in _OWN and not each.isHidden()]
        for first, second in pairwise([*own, dock]):
            window.tabifyDockWidget(first, second)
        dock.raise_()
        width = min(_WIDTH, round(_SHARE * window.width()))
        window.resizeDocks([dock], [width], Qt.Orientation.Horizontal)

    def _dock(self) -> QDockWidget | None:
        """The dock that the widget stands in."""
        parent = self._widget.parentWidget()
        while parent is not None and not isinstance(parent, QDockWidget):
            parent = parent.parentWidget()
        return parent
