"""``radcaliper review``: a window with a results folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from pytestqt.qtbot import QtBot


def test_a_window_opens_with_the_folder_in_review(results: Path, qtbot: QtBot, viewer: Any, monkeypatch: Any) -> None:
    from radcaliper.napari_plugin import window

    monkeypatch.setattr(window.napari, "Viewer", lambda title: viewer)
    shown, dock = window.open_window(results)
    qtbot.waitUntil(lambda: dock.review.session.film is not None, timeout=120_000)
    assert shown is viewer
    assert dock.tabs.tabText(dock.tabs.currentIndex()) == "Review"
    assert dock.review.session.film.analysis.image == dock.review.worklist.current == "chest.png"
    dock.close()


def test_a_folder_without_results_is_told_of(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "radcaliper", "review", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "holds no results" in done.stderr
