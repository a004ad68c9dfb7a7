"""Real windows. They need a display and the plugins of Qt and napari: ``make test`` runs them so under xvfb."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
HOW = "needs a display: xvfb-run -a python -m pytest -c tests/viewer.ini tests/napari_plugin"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.pluginmanager.has_plugin("pytest-qt"):
        return
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=HOW))


@pytest.fixture
def viewer(make_napari_viewer: Callable[..., Any]) -> Iterator[Any]:
    """A viewer with the plugin, as napari finds it by its entry point."""
    yield make_napari_viewer(show=True)


class Mouse:
    """Real events of mouse and keys on a viewer's canvas, at places (row, col) of the film under review."""

    def __init__(self, viewer: Any, window: Any) -> None:
        from qtpy.QtOpenGLWidgets import QOpenGLWidget

        self._viewer = viewer
        self.canvas = window.findChild(QOpenGLWidget)

    def pixel(self, place: Sequence[float]) -> Any:
        """Where a place of the film lies on the canvas, in pixels of the window."""
        from qtpy.QtCore import QPoint

        camera, film = self._viewer.scene.camera, self._viewer.layers[0]
        down, across = (
            (at * step - centre) * camera.zoom
            for at, step, centre in zip(place, film.scale, camera.center[-2:], strict=True)
        )
        return QPoint(round(across + self.canvas.width() / 2), round(down + self.canvas.height() / 2))

    def click(self, place: Sequence[float]) -> None:
        self.drag(place)

    def drag(self, *places: Sequence[float], hold: Callable[[], None] = lambda: None) -> None:
        """Press at the first place, move over the others, call ``hold``, and let go at the last."""
        from qtpy.QtCore import Qt
        from qtpy.QtTest import QTest

        pixels = [self.pixel(place) for place in places]
        QTest.mouseMove(self.canvas, pixels[0])
        QTest.qWait(60)
        QTest.mousePress(self.canvas, Qt.MouseButton.LeftButton, pos=pixels[0])
        for pixel in pixels[1:]:
            QTest.qWait(60)
            QTest.mouseMove(self.canvas, pixel)
        QTest.qWait(60)
        hold()
        QTest.mouseRelease(self.canvas, Qt.MouseButton.LeftButton, pos=pixels[-1])
        QTest.qWait(60)

    def key(self, letter: str) -> None:
        """Press a key on the canvas."""
        from qtpy.QtTest import QTest

        QTest.keyClicks(self.canvas, letter)
        QTest.qWait(60)

    def wheel(self, place: Sequence[float], notches: int) -> None:
        from qtpy.QtCore import QPoint, QPointF, Qt
        from qtpy.QtGui import QWheelEvent
        from qtpy.QtTest import QTest
        from qtpy.QtWidgets import QApplication

        at = QPointF(self.pixel(place))
        event = QWheelEvent(
            at,
            self.canvas.mapToGlobal(at),
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.canvas, event)
        QTest.qWait(100)


@pytest.fixture
def mouse(review: Any, viewer: Any) -> Mouse:
    """The mouse over the canvas of the review."""
    return Mouse(viewer, review.window())


@pytest.fixture
def settle(qtbot: Any) -> Callable[[Any], None]:
    """Wait until a review window has nothing more to do."""

    def wait(review: Any) -> None:
        session = review.session
        qtbot.wait(60)
        qtbot.waitUntil(
            lambda: all(queue.idle for queue in (session.measuring, session.saving, session.exporting)), timeout=300_000
        )

    return wait


@pytest.fixture
def shown_errors(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The error messages that the window shows."""
    messages: list[str] = []
    monkeypatch.setattr("radcaliper.napari_plugin.background.show_error", messages.append)
    return messages


@pytest.fixture
def review(viewer: Any, results: Path, settle: Callable[[Any], None]) -> Iterator[Any]:
    """The review of the results folder, a chest film opened."""
    _, dock = viewer.window.add_plugin_dock_widget("radcaliper")
    widget = dock.review
    widget.reviewer.setText("Ada")
    widget.reviewer.editingFinished.emit()
    dock.open_results(results)
    settle(widget)
    widget.session.open_film("chest.png")
    settle(widget)
    yield widget
    dock.close()
