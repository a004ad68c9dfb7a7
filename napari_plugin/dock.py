"""The plugin's one dock: *Measure* and *Review* as tabs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from radcaliper.napari_plugin.dock_close_watcher import DockCloseWatcher
from radcaliper.napari_plugin.docking import Column
from radcaliper.napari_plugin.measure_widget import MeasureWidget
from radcaliper.napari_plugin.review_widget import ReviewWidget

if TYPE_CHECKING:
    from napari.viewer import Viewer


class RadcaliperDock(QWidget):
    """Measures films and opens them in the review."""

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__()
        self.measure, self.review = MeasureWidget(napari_viewer), ReviewWidget(napari_viewer)
        self.tabs = QTabWidget()
        for widget, title, tip in (
            (self.measure, "Measure", "Measure the active layer's film, or a folder of films"),
            (self.review, "Review", "Look through measured films, correct and sign them"),
        ):
            place = self.tabs.addTab(_scrolling(widget), title)
            self.tabs.setTabToolTip(place, tip)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 0, 2, 2)
        column.addWidget(self.tabs)
        self.measure.measured.connect(self.open_results)
        Column(self)
        watcher = DockCloseWatcher(self)
        watcher.window_closing.connect(self.measure.cancel_run)
        watcher.window_closing.connect(self.review.session.save)
        watcher.closed.connect(self.measure.stop)
        watcher.closed.connect(self.review.stop)

    def open_results(self, folder: Path) -> None:
        """Show a results folder in *Review*."""
        self.tabs.setCurrentIndex(1)
        self.review.open_folder(folder)


def _scrolling(widget: QWidget) -> QScrollArea:
    """The widget in an area that scrolls up and down in a window that is too low for it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(widget)
    return area
