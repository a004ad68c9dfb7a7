"""The review window: a results folder's films, worst first, to look at, correct, and sign."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from napari.utils.notifications import show_info, show_warning
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QSplitter, QVBoxLayout, QWidget

from radcaliper.measurements.types import Mask
from radcaliper.napari_plugin.background import tell
from radcaliper.napari_plugin.dock_closing import Closing
from radcaliper.napari_plugin.film_panel import TOOLS, FilmPanel
from radcaliper.napari_plugin.review_layers import ReviewLayers
from radcaliper.napari_plugin.session import Desk
from radcaliper.napari_plugin.worklist_panel import WorklistPanel
from radcaliper.pipelines.review.mask_repair import fill_holes, keep_largest, smooth_outline
from radcaliper.pipelines.review.protocol import Points

if TYPE_CHECKING:
    from napari.viewer import Viewer

_MENDING: Final[dict[str, Callable[[Mask], Mask]]] = {
    "fill": fill_holes,
    "largest": keep_largest,
    "smooth": smooth_outline,
}
_WIDTH: Final = 570
"""Pixels that both tables need to be read without scrolling sideways."""


class ReviewWidget(QWidget):
    """Puts the desk, the worklist, the film's panel and the viewer's layers together."""

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self.desk = Desk(self)
        self.worklist = WorklistPanel(self)
        self.panel = FilmPanel(self)
        self.layers = ReviewLayers(napari_viewer, self.desk.brush, self._on_points, self._undo_keys())
        self.panel.ends.chosen.connect(self.desk.choose_ends)
        self.folder = QPushButton("Open results folder\N{HORIZONTAL ELLIPSIS}")
        self.reviewer = QLineEdit(getpass.getuser())
        self.others = QLabel()
        self._dragging = False
        self._actions: dict[str, Callable[[], None]] = {
            "undo": self.desk.undo,
            "redo": self.desk.redo,
            "reset": self.desk.reset,
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
        self.reviewer.editingFinished.connect(self._name_reviewer)
        self.worklist.chosen.connect(self.desk.open_film)
        self.panel.tool.connect(self.use)
        self.panel.sign.connect(self.sign)
        self.desk.listed.connect(self._list)
        self.desk.opened.connect(self._show_film)
        self.desk.measured.connect(self._show_numbers)
        self.desk.signed.connect(self._after_signing)
        self.desk.joined.connect(self._tell_of_others)
        closing = Closing(self)
        closing.leaving.connect(self.desk.save)
        closing.closed.connect(self._close)
        self._name_reviewer()

    def _undo_keys(self) -> dict[str, Callable[[], None]]:
        """A mask layer's own keys for undo: the reviewer has one history, whatever layer is active."""
        return {"Control-Z": self.desk.undo, "Control-Shift-Z": self.desk.redo}

    def _bind_keys(self) -> None:
        for name, (_, key) in TOOLS.items():
            self._viewer.bind_key(key, lambda _, name=name: self.use(name), overwrite=True)

    def _name_reviewer(self) -> None:
        self.desk.reviewer = self.reviewer.text().strip()

    def _ask_for_folder(self) -> None:
        if chosen := QFileDialog.getExistingDirectory(self, "Results folder"):
            self.open_folder(Path(chosen))

    def open_folder(self, path: Path) -> None:
        """Show the worklist of a results folder; a notification where it holds none."""
        try:
            self.desk.open_folder(path)
        except ValueError as error:
            tell(error)
            return
        self.folder.setText(f"Folder: {path.name}")
        self.folder.setToolTip(str(path))
        self.layers.clear()

    def _list(self) -> None:
        self.worklist.show_items(self.desk.items)
        if self.desk.film is None and not self.worklist.current:
            self.worklist.step(1)

    def _show_film(self) -> None:
        film, folder = self.desk.film, self.desk.folder
        self._dragging = False
        if film is None or folder is None:
            self.layers.clear()
        else:
            self.layers.show(film.analysis, film.edits, self.desk.remeasured, folder.path)
        self.panel.show_film(film)

    def _show_numbers(self) -> None:
        if self.desk.film is not None:
            self.panel.show_numbers(self.desk)
            current = self.desk.history.current
            self.layers.update(current, self.desk.film.analysis, self.desk.remeasured, not self._dragging)

    def _on_points(self, moved: Points, finished: bool) -> None:
        self._dragging = not finished
        self.desk.drag(moved, finished)

    def use(self, tool: str) -> None:
        """Use one of the tools: mend the mask of the active layer, undo, redo, or go to another film."""
        if tool in self._actions:
            self._actions[tool]()
        elif (structure := self.layers.active_structure) is None:
            show_info("choose the layer of a mask first")
        else:
            self.desk.mend(structure, self.layers.mask(structure), _MENDING[tool])

    def _snap(self) -> None:
        try:
            self.desk.snap(self.layers.chosen_landmarks)
        except ValueError as error:
            show_info(str(error))

    def sign(self, reject: bool) -> None:
        """Sign the film, or reject it, with the comment that was entered."""
        try:
            self.desk.sign(reject, self.panel.comment.text().strip())
        except ValueError as error:
            tell(error)

    def _after_signing(self) -> None:
        if self.desk.film is not None:
            self.panel.show_film(self.desk.film)

    def _tell_of_others(self, who: str) -> None:
        self.others.setVisible(bool(who))
        self.others.setText(f"Also reviewing this folder: {who}. What either of you signs is kept.")
        if who:
            show_warning(f"{who} is reviewing this folder too")

    def _close(self) -> None:
        """Save what is not saved yet, and give the keys back."""
        self.desk.close()
        for _, key in TOOLS.values():
            self._viewer.bind_key(key, None)
