"""The review window: the films of a results folder, worst first, to inspect, correct and sign."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from napari.utils.notifications import show_info, show_warning
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QSplitter, QVBoxLayout, QWidget

from radcaliper.measurements.types import Mask
from radcaliper.napari_plugin.background import notify_error
from radcaliper.napari_plugin.dock_close_watcher import DockCloseWatcher
from radcaliper.napari_plugin.film_panel import TOOLS, FilmPanel
from radcaliper.napari_plugin.review_layers import ReviewLayers
from radcaliper.napari_plugin.session import ReviewSession
from radcaliper.napari_plugin.worklist_panel import WorklistPanel
from radcaliper.pipelines.review.mask_repair import fill_holes, keep_largest, smooth_outline
from radcaliper.pipelines.review.protocol import LandmarkPoints

if TYPE_CHECKING:
    from napari.viewer import Viewer

_MASK_REPAIRS: Final[dict[str, Callable[[Mask], Mask]]] = {
    "fill": fill_holes,
    "largest": keep_largest,
    "smooth": smooth_outline,
}
_WIDTH: Final = 570
"""Width in pixels at which neither table scrolls sideways."""


class ReviewWidget(QWidget):
    """Connects the session with the worklist, the film's panel and the viewer's layers."""

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self.session = ReviewSession(self)
        self.worklist = WorklistPanel(self)
        self.panel = FilmPanel(self)
        self.layers = ReviewLayers(napari_viewer, self.session.edit_mask, self._move_landmarks, self._undo_keys())
        self.panel.ends.chosen.connect(self.session.choose_ends)
        self.folder = QPushButton("Open results folder\N{HORIZONTAL ELLIPSIS}")
        self.reviewer = QLineEdit(getpass.getuser())
        self.others = QLabel()
        self._dragging = False
        self._actions: dict[str, Callable[[], None]] = {
            "undo": self.session.undo,
            "redo": self.session.redo,
            "reset": self.session.reset,
            "snap": self._snap,
            "previous": lambda: self.worklist.step(-1),
            "next": lambda: self.worklist.step(1),
        }
        self._lay_out()
        self._connect()
        self._bind_keys()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.folder)
        top.addWidget(QLabel("reviewer"))
        top.addWidget(self.reviewer, 1)
        self.others.setWordWrap(True)
        self.others.hide()
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.addWidget(self.worklist)
        halves.addWidget(self.panel)
        column = QVBoxLayout(self)
        self.setMinimumWidth(_WIDTH)
        column.addLayout(top)
        column.addWidget(self.others)
        column.addWidget(halves, 1)

    def _connect(self) -> None:
        self.folder.clicked.connect(self._ask_for_folder)
        self.reviewer.editingFinished.connect(self._set_reviewer)
        self.worklist.chosen.connect(self.session.open_film)
        self.panel.tool_requested.connect(self.use_tool)
        self.panel.sign_requested.connect(self.sign)
        self.session.worklist_changed.connect(self._show_worklist)
        self.session.film_opened.connect(self._show_film)
        self.session.measured.connect(self._show_measurements)
        self.session.film_signed.connect(self._after_signing)
        self.session.other_reviewers.connect(self._show_other_reviewers)
        watcher = DockCloseWatcher(self)
        watcher.window_closing.connect(self.session.save)
        watcher.closed.connect(self._close)
        self._set_reviewer()

    def _undo_keys(self) -> dict[str, Callable[[], None]]:
        """Keys that replace a mask layer's own undo, so that undo is the same whatever layer is active."""
        return {"Control-Z": self.session.undo, "Control-Shift-Z": self.session.redo}

    def _bind_keys(self) -> None:
        for name, (_, key) in TOOLS.items():
            self._viewer.bind_key(key, lambda _, name=name: self.use_tool(name), overwrite=True)

    def _set_reviewer(self) -> None:
        self.session.reviewer = self.reviewer.text().strip()

    def _ask_for_folder(self) -> None:
        if chosen := QFileDialog.getExistingDirectory(self, "Results folder"):
            self.open_folder(Path(chosen))

    def open_folder(self, path: Path) -> None:
        """Show the worklist of a results folder; a notification where the path is none."""
        try:
            self.session.open_folder(path)
        except ValueError as error:
            notify_error(error)
            return
        self.folder.setText(f"Folder: {path.name}")
        self.folder.setToolTip(str(path))
        self.layers.clear()

    def _show_worklist(self) -> None:
        self.worklist.show_items(self.session.items)
        if self.session.film is None and not self.worklist.current:
            self.worklist.step(1)

    def _show_film(self) -> None:
        film, folder = self.session.film, self.session.folder
        self._dragging = False
        if film is None or folder is None:
            self.layers.clear()
        else:
            self.layers.show(film.analysis, film.edits, self.session.remeasured, folder.path)
        self.panel.show_film(film)

    def _show_measurements(self) -> None:
        if self.session.film is not None:
            self.panel.show_measurements(self.session)
            current = self.session.history.current
            self.layers.update(current, self.session.film.analysis, self.session.remeasured, not self._dragging)

    def _move_landmarks(self, moved: LandmarkPoints, finished: bool) -> None:
        self._dragging = not finished
        self.session.move_landmarks(moved, finished)

    def use_tool(self, tool: str) -> None:
        """Use a tool of ``film_panel.TOOLS``; those that repair a mask do so on the active layer."""
        if tool in self._actions:
            self._actions[tool]()
        elif (structure := self.layers.active_structure) is None:
            show_info("choose the layer of a mask first")
        else:
            self.session.repair_mask(structure, self.layers.mask(structure), _MASK_REPAIRS[tool])

    def _snap(self) -> None:
        try:
            self.session.snap(self.layers.selected_landmarks)
        except ValueError as error:
            show_info(str(error))

    def sign(self, reject: bool) -> None:
        """Sign the film, or reject it, with the comment that was entered."""
        try:
            self.session.sign(reject, self.panel.comment.text().strip())
        except ValueError as error:
            notify_error(error)

    def _after_signing(self) -> None:
        if self.session.film is not None:
            self.panel.show_film(self.session.film)

    def _show_other_reviewers(self, names: str) -> None:
        self.others.setVisible(bool(names))
        self.others.setText(f"Also reviewing this folder: {names}. What either of you signs is kept.")
        if names:
            show_warning(f"{names} is reviewing this folder too")

    def _close(self) -> None:
        """Save what is not saved yet, and release the keys."""
        self.session.close()
        for _, key in TOOLS.values():
            self._viewer.bind_key(key, None)
