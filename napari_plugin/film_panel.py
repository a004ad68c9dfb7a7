"""The panel of the open film: its numbers, the tools to correct it, and the buttons to sign."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from radcaliper.napari_plugin.buttons import Action, action_button
from radcaliper.napari_plugin.end_vertebra_row import EndVertebraRow
from radcaliper.napari_plugin.number_list import NumberList
from radcaliper.napari_plugin.result_layers import layer_name
from radcaliper.napari_plugin.session import ReviewSession
from radcaliper.napari_plugin.vertebra_row import VertebraRow
from radcaliper.pipelines.review.folder import OpenFilm
from radcaliper.pipelines.review.numbers import number_groups
from radcaliper.pipelines.review.protocol import EndVertebrae
from radcaliper.pipelines.review.remeasure import review_of
from radcaliper.qc.reasons import in_words

TOOLS: Final = {
    "fill": Action("Fill", "Fill the holes of the mask that is being corrected", "H"),
    "largest": Action("Largest", "Keep the largest piece of the mask that is being corrected", "K"),
    "smooth": Action("Smooth", "Smooth the outline of the mask that is being corrected", "O"),
    "snap": Action("Snap", "Put the end plates of the chosen vertebra where the film shows them", "E"),
    "undo": Action("Undo", "Undo the last correction", "U"),
    "redo": Action("Redo", "Do again what was undone", "Y"),
    "reset": Action("Automatic", "Go back to the automatic masks and landmarks", "R"),
    "fit": Action("Fit", "Fit the film to the window", "F"),
    "masks": Action("masks", "Show or hide the masks", "W"),
    "points": Action("Landmarks", "Correct landmarks: drag their handles", "G"),
    "compare": Action("Beside\N{HORIZONTAL ELLIPSIS}", "Show another film of the patient beside this one", "B"),
    "previous": Action("\N{BLACK LEFT-POINTING TRIANGLE}", "Open the film above in the list", ","),
    "next": Action("\N{BLACK RIGHT-POINTING TRIANGLE}", "Open the film below in the list", "."),
}
"""What the keys and most buttons of the review do."""
ACCEPT: Final = Action("Accept", "Sign the film's numbers with your name", "Ctrl+Return")
REJECT: Final = Action(
    "Reject", "Sign that this film's numbers must not be used; say why in the comment", "Ctrl+Shift+Return"
)
_ROWS: Final = (("fill", "largest", "smooth", "snap"), ("undo", "redo", "reset", "fit", "compare"))
_MASK_TOOLS: Final = ("fill", "largest", "smooth")
_NO_FILM: Final = "no film is open"
_LANDMARKS: Final = "landmarks"


def _headline(film: OpenFilm) -> str:
    analysis = film.analysis
    parts = [f"<b>{analysis.image}</b> {analysis.protocol} <b>{analysis.status.value}</b>"]
    if analysis.reasons:
        parts.append(in_words(analysis.reasons))
    if film.signed is not None:
        parts.append(f"signed: {film.signed.decision.value} by {film.signed.reviewer}")
    if film.stale:
        parts.append(f"<b>{film.stale}</b>")
    return "; ".join(parts)


class FilmPanel(QWidget):
    """Shows the open film."""

    tool_requested = Signal(str)
    """The name of the tool to use."""
    sign_requested = Signal(bool)
    """Sign the film; True rejects it."""
    mask_chosen = Signal(str)
    """The structure whose mask is to be corrected; empty for landmarks."""
    masks_shown = Signal(bool)
    """Whether masks are to be shown."""
    beside_chosen = Signal(str)
    """The film to show beside this one; empty for none."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.headline = QLabel(_NO_FILM)
        self.correct = QComboBox()
        self.masks = QCheckBox(TOOLS["masks"].text)
        self.numbers = NumberList(self)
        self.vertebra, self.ends = VertebraRow(self), EndVertebraRow(self)
        self.comment = QLineEdit()
        self.accept = action_button(ACCEPT, partial(self.sign_requested.emit, False), shortcut=True)
        self.reject = action_button(REJECT, partial(self.sign_requested.emit, True), shortcut=True)
        self.buttons: dict[str, QPushButton] = {
            name: action_button(TOOLS[name], partial(self.tool_requested.emit, name)) for row in _ROWS for name in row
        }
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.headline.setWordWrap(True)
        self.headline.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.headline.setMinimumWidth(1)
        self.correct.setToolTip(f"What the mouse corrects: landmarks ({TOOLS['points'].key}), or a mask with the brush")
        self.correct.setMinimumWidth(1)
        self.masks.setToolTip(TOOLS["masks"].tooltip)
        self.masks.setChecked(True)
        self.comment.setPlaceholderText("comment")
        self.comment.setToolTip("Kept with your signature; a rejection needs one")
        self.comment.setMinimumWidth(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.headline)
        column.addWidget(self.numbers, 1)
        column.addWidget(self.vertebra)
        column.addWidget(self.ends)
        column.addLayout(_row(QLabel("correct"), self.correct, self.masks))
        for names in _ROWS:
            column.addLayout(_row(*(self.buttons[name] for name in names)))
        column.addLayout(_row(self.comment, self.accept, self.reject))

    def _connect(self) -> None:
        self.correct.activated.connect(lambda _: self.mask_chosen.emit(self.correct.currentData()))
        self.masks.toggled.connect(self.masks_shown)

    def show_film(self, film: OpenFilm | None, structures: Sequence[str], error: str = "") -> None:
        """Show a film with the structures whose masks may be corrected; or that none is open, and why, in whole."""
        self.headline.setText((error or _NO_FILM) if film is None else _headline(film))
        self.headline.setToolTip("" if film is None else ", ".join(film.analysis.reasons))
        self.comment.setText("" if film is None or film.signed is None else film.signed.comment)
        self.correct.clear()
        self.correct.addItem(_LANDMARKS, "")
        for structure in structures:
            self.correct.addItem(layer_name(structure), structure)
        for name in _MASK_TOOLS:
            self.buttons[name].setVisible(bool(structures) or film is None)
        review = None if film is None else review_of(film.analysis)
        self.buttons["snap"].setVisible(review is not None and review.snap is not None)
        if film is None:
            self.numbers.show_groups((), beside=False)
            self.ends.show_ends(EndVertebrae())
            self.vertebra.show_vertebrae(EndVertebrae())

    def show_opening(self, image: str) -> None:
        """Say which film is being opened."""
        self.headline.setText(f"opening {image} \N{HORIZONTAL ELLIPSIS}")

    def show_corrected(self, structure: str) -> None:
        """Show what is being corrected: a structure's mask, or landmarks where the name is empty."""
        self.correct.setCurrentIndex(max(0, self.correct.findData(structure)))

    def show_measurements(self, session: ReviewSession) -> None:
        """Show the numbers after the current edits, and what signing would decide."""
        if session.film is None:
            return
        groups = number_groups(session.remeasured.measurements, session.film.analysis, session.changes)
        self.numbers.show_groups(groups, beside=session.beside is not None)
        self.ends.show_ends(session.remeasured.ends)
        self.vertebra.show_vertebrae(session.remeasured.ends)
        edits = session.history.current
        edited = sorted({*edits.masks, *edits.points, *edits.ends, *edits.levels, *edits.removed})
        text = "Sign corrected" if edits else ACCEPT.text
        if self.accept.text() != text:
            self.accept.setText(text)  # which forgets the shortcut
            self.accept.setShortcut(ACCEPT.key)
        corrected = "\n\nCorrected: " + ", ".join(map(layer_name, edited)) if edited else ""
        self.accept.setToolTip(ACCEPT.tooltip + corrected)

    def ask_for_film(self, images: Sequence[str]) -> None:
        """Offer films to show beside this one, in a menu below the button."""
        menu = self.menu_of_films(images)
        button = self.buttons["compare"]
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def menu_of_films(self, images: Sequence[str]) -> QMenu:
        """The menu of ``ask_for_film``."""
        menu = QMenu(self)
        choose: Callable[[str], None] = self.beside_chosen.emit
        menu.addAction("this film alone", partial(choose, ""))
        menu.addSeparator()
        for image in images:
            menu.addAction(image, partial(choose, image))
        if not images:
            menu.addAction("no other film of this kind is in the list").setEnabled(False)
        return menu


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(3)
    for widget in widgets:
        row.addWidget(widget, 1 if isinstance(widget, QComboBox | QLineEdit | QPushButton) else 0)
    return row
