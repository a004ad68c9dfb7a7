"""How long the picture takes to follow a dragged landmark, in a window of 1366 x 768; ``review_latency.py`` prints it.

Some landmarks of each film are dragged with real mouse events on napari's canvas. The time is from a mouse move to the
end of the first frame that shows the new lines and numbers; beside it the processor time of the window's process, which
other programs do not lengthen.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import napari
from qtpy.QtCore import QEventLoop, QPoint, Qt, QTimer
from qtpy.QtOpenGLWidgets import QOpenGLWidget
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication
from rich.table import Table

from radcaliper.measurements.types import Point

_SIZE: Final = (1366, 768)
_LIMIT_MS: Final = 100
_STEPS: Final = 12
_LANDMARKS: Final = 4
"""Landmarks of each film that are dragged, spread over all of them."""
_PATIENCE_S: Final = 60.0
_WAKE_MS: Final = 10


@dataclass(frozen=True)
class Times:
    """Milliseconds by the clock and of the processor, one each step of a drag."""

    wall: list[float]
    busy: list[float]


def _until(done: Callable[[], bool]) -> None:
    """Handle events until ``done``; between them the thread sleeps as a window's does, and others can measure."""
    end = time.monotonic() + _PATIENCE_S
    while not done():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        if time.monotonic() > end:
            raise TimeoutError("the window did not answer")


class Window:
    """A viewer of 1366 x 768 pixels with the review of a results folder."""

    def __init__(self, results: Path) -> None:
        self.viewer = napari.Viewer()
        self._waking = QTimer()  # so that waiting for events ends
        self._waking.start(_WAKE_MS)
        _, self.dock = self.viewer.window.add_plugin_dock_widget("radcaliper")
        window = self.dock.window()
        window.resize(*_SIZE)
        self.canvas = window.findChild(QOpenGLWidget)
        self.review = self.dock.review
        self.dock.open_results(results)
        _until(lambda: bool(self.review.session.items))

    def open(self, image: str) -> None:
        """Open a film and wait until it is drawn."""
        session = self.review.session
        _until(lambda: session.saving.idle)
        session.open_film(image)
        _until(lambda: session.film is not None and session.film.analysis.image == image and session.measuring.idle)
        QTest.qWait(1000)

    def pixel(self, point: Point) -> QPoint:
        """Where a place of the film lies on the canvas."""
        camera, film = self.viewer.scene.camera, self.viewer.layers[0]
        down, across = (
            (place * step - centre) * camera.zoom
            for place, step, centre in zip(point, film.scale, camera.center[-2:], strict=True)
        )
        return QPoint(round(across + self.canvas.width() / 2), round(down + self.canvas.height() / 2))

    def drag(self, landmark: str) -> Times:
        """Drag a landmark in steps of two pixels, and back at the end."""
        session, times = self.review.session, Times([], [])
        at = self.pixel(session.remeasured.landmarks[landmark])
        events: list[str] = []
        measured = lambda: events.append("measured")  # noqa: E731  to disconnect it again
        swapped = lambda: events.append("frame")  # noqa: E731
        session.measured.connect(measured)
        self.canvas.frameSwapped.connect(swapped)
        QTest.mouseMove(self.canvas, at)
        QTest.qWait(50)
        QTest.mousePress(self.canvas, Qt.MouseButton.LeftButton, pos=at)
        for step in range(1, _STEPS + 1):
            QTest.qWait(60)
            events.clear()
            clock, processor = time.perf_counter(), time.process_time()
            QTest.mouseMove(self.canvas, at + QPoint(2 * step, step))
            _until(lambda: "measured" in events and "frame" in events[events.index("measured") :])
            times.wall.append(1000 * (time.perf_counter() - clock))
            times.busy.append(1000 * (time.process_time() - processor))
        QTest.mouseRelease(self.canvas, Qt.MouseButton.LeftButton, pos=at + QPoint(2 * _STEPS, _STEPS))
        session.measured.disconnect(measured)
        self.canvas.frameSwapped.disconnect(swapped)
        QTest.qWait(200)
        session.undo()
        _until(lambda: session.measuring.idle)
        return times


def _table(window: Window, image: str) -> Table:
    window.open(image)
    height, width = window.viewer.layers[0].data.shape
    canvas = f"canvas {window.canvas.width()} x {window.canvas.height()}"
    table = Table("landmark", title=f"{image}, film {height} x {width}, {canvas}", box=None, title_justify="left")
    for heading in ("median ms", "longest ms", "median CPU ms", "longest CPU ms", "limit ms"):
        table.add_column(heading, justify="right")
    names = list(window.review.session.remeasured.landmarks)
    for name in names[:: max(1, len(names) // _LANDMARKS)][:_LANDMARKS]:
        times = window.drag(name)
        figures = [f"{of(each):.0f}" for each in (times.wall, times.busy) for of in (median, max)]
        table.add_row(name, *figures, str(_LIMIT_MS))
    return table


def drag_tables(results: Path, images: list[str]) -> list[Table]:
    """Time the drags on films of a results folder."""
    window = Window(results)
    tables = [_table(window, image) for image in images]
    window.dock.close()
    window.viewer.close()
    return tables
