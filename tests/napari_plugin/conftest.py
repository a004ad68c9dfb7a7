"""Real windows. They need a display and the plugins of Qt and napari: ``make test`` runs them so under xvfb."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    yield make_napari_viewer()


@pytest.fixture
def settle(qtbot: Any) -> Callable[[Any], None]:
    """Wait until a review window has nothing more to do."""

    def wait(review: Any) -> None:
        session = review.session
        qtbot.wait(20)
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
    """The review window on the results folder, its worst film opened."""
    _, widget = viewer.window.add_plugin_dock_widget("radcaliper", "Review")
    widget.reviewer.setText("Ada")
    widget.reviewer.editingFinished.emit()
    widget.open_folder(results)
    settle(widget)
    yield widget
    widget.close()
