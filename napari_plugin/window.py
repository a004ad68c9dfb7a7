"""A napari window with a results folder in the review."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import napari

_SIZE: Final = (1366, 740)
"""Width and height of the window in pixels: it fits on a small laptop."""


def open_window(folder: Path) -> tuple[Any, Any]:
    """A new viewer, and the plugin's dock in it with the folder open in *Review*."""
    viewer = napari.Viewer(title=f"radcaliper: {folder.name}")
    _, dock = viewer.window.add_plugin_dock_widget("radcaliper")
    viewer.window.resize(*_SIZE)
    dock.open_results(folder)
    return viewer, dock


def review_folder(folder: Path) -> None:
    """Open a results folder for review; returns when the window is closed."""
    open_window(folder)
    napari.run()
