"""The review window: the films of a results folder, worst first, to inspect, correct and sign."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from napari.utils.notifications import show_info, show_warning
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QLineEdit, QSplitter, QVBoxLayout, QWidget

from radcaliper.measurements.types import Mask, Point
from radcaliper.napari_plugin.background import notify_error
from radcaliper.napari_plugin.buttons import Action, action_button
from radcaliper.napari_plugin.film_layer import METADATA
from radcaliper.napari_plugin.film_panel import TOOLS, FilmPanel
from radcaliper.napari_plugin.review_layers import ReviewLayers
from radcaliper.napari_plugin.session import ReviewSession
from radcaliper.napari_plugin.worklist_panel import WorklistPanel
from radcaliper.pipelines.review.folder import OpenFilm
from radcaliper.pipelines.review.mask_repair import fill_holes, keep_largest, smooth_outline
from radcaliper.pipelines.review.remeasure import Remeasured
from radcaliper.pipelines.review.vertebrae import vertebra_at
from radcaliper.pipelines.review.worklist import films_to_compare

if TYPE_CHECKING:
    from napari.viewer import Viewer

_MASK_REPAIRS: Final[dict[str, Callable[[Mask], Mask]]] = {
    "fill": fill_holes,
    "largest": keep_largest,
    "smooth": smooth_outline,
}
_HEIGHTS: Final = [130, 420]
"""Heights in pixels of the list of films and of the open film, at first."""
_MOST_OFFERED: Final = 30
"""Films in the menu of those to show beside the open one."""
_FOLDER: Final = Action("Open results\N{HORIZONTAL ELLIPSIS}", "Open a results folder", "Alt+O")


class ReviewWidget(QWidget):
    """Connects the session with the worklist, the film's panel and the viewer's layers."""

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self.session = ReviewSession(self)
        self.worklist = WorklistPanel(self)
        self.panel = FilmPanel(self)
        self.layers = ReviewLayers(napari_viewer, self._undo_keys(), self)
        self.folder = action_button(_FOLDER, self._ask_for_folder, shortcut=True)
        self.reviewer = QLineEdit(getpass.getuser())
        self.others = QLabel()
        self._actions: dict[str, Callable[[], None]] = {
            "undo": self.session.undo,
            "redo": self.session.redo,
            "reset": self.session.reset,
            "snap": self._snap,
            "fit": self.layers.fit,
            "masks": self.panel.masks.toggle,
            "points": lambda: self._correct(""),
            "compare": self._ask_for_film,
            "previous": lambda: self.worklist.step(-1),
            "next": lambda: self.worklist.step(1),
        }
        self._lay_out()
        self._connect()
        for name, action in TOOLS.items():
            self._viewer.bind_key(action.key, lambda _, name=name: self.use_tool(name), overwrite=True)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.folder)
        top.addWidget(QLabel("reviewer"))
        top.addWidget(self.reviewer, 1)
        self.reviewer.setMinimumWidth(1)
        self.reviewer.setToolTip("Your name, which stands beside what you sign")
        self.others.setWordWrap(True)
        self.others.hide()
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.addWidget(self.worklist)
        halves.addWidget(self.panel)
        halves.setSizes(_HEIGHTS)
        halves.setStretchFactor(0, 1)
        halves.setStretchFactor(1, 4)
        column = QVBoxLayout(self)
        column.setContentsMargins(3, 3, 3, 3)
        column.setSpacing(3)
        column.addLayout(top)
        column.addWidget(self.others)
        column.addWidget(halves, 1)

    def _connect(self) -> None:
        session, panel, layers = self.session, self.panel, self.layers
        self.reviewer.editingFinished.connect(self._set_reviewer)
        self.worklist.chosen.connect(session.open_film)
        self.worklist.values_wanted.connect(session.read_values)
        panel.tool_requested.connect(self.use_tool)
        panel.sign_requested.connect(self.sign)
        panel.mask_chosen.connect(self._correct)
        panel.masks_shown.connect(layers.show_masks)
        panel.beside_chosen.connect(session.compare_with)
        panel.ends.chosen.connect(session.choose_ends)
        panel.vertebra.named.connect(session.name_vertebra)
        panel.vertebra.added.connect(session.add_vertebra)
        panel.vertebra.deleted.connect(self._delete_vertebra)
        layers.mask_painted.connect(session.edit_mask)
        layers.landmark_dragged.connect(self._move_landmark)
        layers.film_clicked.connect(self._choose_vertebra)
        session.worklist_changed.connect(self._show_worklist)
        session.measurements_listed.connect(self.worklist.offer_measurements)
        session.values_read.connect(self.worklist.show_values)
        session.film_opening.connect(panel.show_opening)
        session.film_opened.connect(self._show_film)
        session.measured.connect(self._show_measurements)
        session.beside_changed.connect(self._show_beside)
        session.film_signed.connect(self._after_signing)
        session.other_reviewers.connect(self._show_other_reviewers)
        self._set_reviewer()

    def _undo_keys(self) -> dict[str, Callable[[], None]]:
        """Keys that replace a mask layer's own undo, so that undo is the same whatever layer is active."""
        return {"Control-Z": self.session.undo, "Control-Shift-Z": self.session.redo}

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
        self.folder.setShortcut(_FOLDER.key)
        self.folder.setToolTip(f"{path}\n{_FOLDER.tooltip}")
        self.layers.clear()

    def _show_worklist(self) -> None:
        self.worklist.show_items(self.session.items)
        if self.session.film is None and not self.worklist.current:
            self.worklist.step(1)

    def _show_film(self) -> None:
        film, folder = self.session.film, self.session.folder
        if film is None or folder is None:
            self.layers.clear()
        else:
            self._remove_copies(film)
            self.layers.show(film.analysis, film.edits, self.session.remeasured, folder.path)
        self.panel.show_film(film, self.layers.structures, self.session.error)

    def _remove_copies(self, film: OpenFilm) -> None:
        """Remove the layers that a person opened of the same film: it is shown once."""
        for layer in list(self._viewer.layers):
            path = layer.metadata.get(METADATA, {}).get("path")
            if path and Path(path).resolve() == film.path.resolve():
                self._viewer.layers.remove(layer)

    def _show_measurements(self) -> None:
        if self.session.film is not None:
            self.layers.update(self.session.history.current, self.session.remeasured)
            self.panel.show_measurements(self.session)

    def _show_beside(self) -> None:
        if self.session.beside is None:
            self.layers.show_beside(None, Remeasured())
        else:
            film, remeasured = self.session.beside
            self.layers.show_beside(film.analysis, remeasured)
        self.panel.show_measurements(self.session)

    def _ask_for_film(self) -> None:
        if self.session.film is not None:
            films = films_to_compare(self.session.items, self.session.film.analysis.image)
            self.panel.ask_for_film([item.image for item in films[:_MOST_OFFERED]])

    def _correct(self, structure: str) -> None:
        """Let a structure's mask be painted, or landmarks be dragged where the name is empty."""
        self.layers.correct_mask(structure)
        self.panel.show_corrected(structure)

    def _move_landmark(self, name: str, point: Point, finished: bool) -> None:
        self.session.move_landmarks({name: point}, finished)
        self._choose_vertebra(point)

    def _choose_vertebra(self, point: Point) -> None:
        if self.session.remeasured.ends.vertebrae and (name := vertebra_at(self.session.remeasured.landmarks, point)):
            self.panel.vertebra.choose(name)

    def _delete_vertebra(self, vertebra: str) -> None:
        try:
            self.session.delete_vertebra(vertebra)
        except ValueError as error:
            show_info(str(error))

    def use_tool(self, tool: str) -> None:
        """Use a tool of ``film_panel.TOOLS``; those that repair a mask do so on the one that is being corrected."""
        if tool in self._actions:
            self._actions[tool]()
        elif not (structure := self.layers.structure):
            show_info("choose the mask to correct first")
        else:
            self.session.repair_mask(structure, self.layers.mask(structure), _MASK_REPAIRS[tool])

    def _snap(self) -> None:
        chosen = self.layers.chosen or f"{self.panel.vertebra.current}_tl"
        try:
            self.session.snap([chosen])
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
            self.panel.show_film(self.session.film, self.layers.structures)
            self.panel.show_corrected(self.layers.structure)

    def _show_other_reviewers(self, names: str) -> None:
        self.others.setVisible(bool(names))
        self.others.setText(f"Also reviewing this folder: {names}. What either of you signs is kept.")
        if names:
            show_warning(f"{names} is reviewing this folder too")

    def stop(self) -> None:
        """Save what is not saved yet, remove the layers, and release the keys."""
        self.session.close()
        self.layers.release()
        for action in TOOLS.values():
            self._viewer.bind_key(action.key, None)
