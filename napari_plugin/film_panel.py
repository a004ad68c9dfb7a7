"""The film of the review window: its numbers, the tools to mend masks with, and the signature."""

from __future__ import annotations

from typing import Final

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from radcaliper.napari_plugin.ends_row import EndsRow
from radcaliper.napari_plugin.review_layers import layer_name
from radcaliper.napari_plugin.session import Desk
from radcaliper.napari_plugin.tables import MEASUREMENT_HEADER, ROW_HEIGHT, TableModel, measurement_line
from radcaliper.pipelines.review.folder import OpenFilm
from radcaliper.pipelines.review.protocol import EndVertebrae
from radcaliper.pipelines.review.remeasure import review_of

_ROWS: Final = (("fill", "largest", "smooth", "snap"), ("undo", "redo", "reset"), ("previous", "next"))
TOOLS: Final = {
    "fill": ("Fill holes", "H"),
    "largest": ("Largest piece", "K"),
    "smooth": ("Smooth outline", "O"),
    "snap": ("Snap end plates", "E"),
    "undo": ("Undo", "U"),
    "redo": ("Redo", "Y"),
    "reset": ("Back to automatic", "R"),
    "previous": ("Previous", ","),
    "next": ("Next", "."),
}
"""The tools by name: the words on their buttons, and their keys."""
_MENDING: Final = ("fill", "largest", "smooth")
_NO_FILM: Final = "no film is open"
_SIGN_WIDTH: Final = 120
"""Pixels that the longest of the words on the button needs."""


def _headline(film: OpenFilm) -> str:
    analysis = film.analysis
    words = [f"<b>{analysis.image}</b>", f"{analysis.protocol} {analysis.status.value}".strip()]
    if analysis.reasons:
        words.append(", ".join(analysis.reasons))
    if film.signed is not None:
        words.append(f"signed: {film.signed.decision.value} by {film.signed.reviewer}")
    if film.stale:
        words.append(f"<b>{film.stale}</b>")
    return "; ".join(words)


class FilmPanel(QWidget):
    """Shows the film on the desk; ``tool`` and ``sign`` tell what the reviewer wants of it."""

    tool = Signal(str)
    sign = Signal(bool)
    """Whether the film is rejected."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.headline = QLabel(_NO_FILM)
        self.headline.setWordWrap(True)
        self.ends = EndsRow(self)
        self.model = TableModel(MEASUREMENT_HEADER, self)
        self.table = QTableView()
        self.comment = QLineEdit()
        self.comment.setPlaceholderText("comment")
        self.accept = QPushButton("Sign")
        self.reject = QPushButton("Reject")
        self.buttons = {name: QPushButton(f"{words} ({key})") for name, (words, key) in TOOLS.items()}
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.table.setModel(self.model)
        self.table.verticalHeader().setVisible(False)
        self.table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.accept.setMinimumWidth(_SIGN_WIDTH)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setStretchLastSection(True)
        signature = QHBoxLayout()
        signature.addWidget(self.comment, 1)
        signature.addWidget(self.accept)
        signature.addWidget(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.headline)
        column.addWidget(self.table, 1)
        column.addWidget(self.ends)
        for names in _ROWS:
            row = QHBoxLayout()
            for name in names:
                row.addWidget(self.buttons[name])
            column.addLayout(row)
        column.addLayout(signature)

    def _connect(self) -> None:
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _=False, name=name: self.tool.emit(name))
        self.accept.clicked.connect(lambda: self.sign.emit(False))
        self.reject.clicked.connect(lambda: self.sign.emit(True))

    def show_film(self, film: OpenFilm | None) -> None:
        """Show another film, or that none is open."""
        self.headline.setText(_NO_FILM if film is None else _headline(film))
        self.comment.setText("" if film is None or film.signed is None else film.signed.comment)
        review = None if film is None else review_of(film.analysis)
        for name in _MENDING:
            self.buttons[name].setVisible(review is None or bool(review.structures))
        self.buttons["snap"].setVisible(review is not None and review.snap is not None)
        if film is None:
            self.model.show(())
            self.ends.show_ends(EndVertebrae())

    def show_numbers(self, desk: Desk) -> None:
        """Show the numbers as the edits so far make them, and what a signature would say."""
        if desk.film is None:
            return
        analysis = desk.film.analysis
        self.model.show([measurement_line(each, analysis) for each in desk.remeasured.measurements])
        self.ends.show_ends(desk.remeasured.ends)
        edits = desk.history.current
        edited = sorted({*edits.masks, *edits.points, *edits.ends})
        self.accept.setText("Sign corrected" if edits else "Accept")
        self.accept.setToolTip("corrected: " + ", ".join(map(layer_name, edited)) if edited else "as measured")
