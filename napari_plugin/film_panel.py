"""The panel of the open film: its measurements, the tools, and the buttons to sign."""

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

from radcaliper.napari_plugin.end_vertebra_row import EndVertebraRow
from radcaliper.napari_plugin.review_layers import layer_name
from radcaliper.napari_plugin.session import ReviewSession
from radcaliper.napari_plugin.tables import MEASUREMENT_HEADER, ROW_HEIGHT, TableModel, measurement_row
from radcaliper.pipelines.review.folder import OpenFilm
from radcaliper.pipelines.review.protocol import EndVertebrae
from radcaliper.pipelines.review.remeasure import review_of

_TOOL_ROWS: Final = (("fill", "largest", "smooth", "snap"), ("undo", "redo", "reset"), ("previous", "next"))
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
"""By tool, the text of its button and its key."""
_MASK_TOOLS: Final = ("fill", "largest", "smooth")
_NO_FILM: Final = "no film is open"
_SIGN_WIDTH: Final = 120
"""Width in pixels that the longest text of the button needs."""


def _headline(film: OpenFilm) -> str:
    analysis = film.analysis
    parts = [f"<b>{analysis.image}</b>", f"{analysis.protocol} {analysis.status.value}".strip()]
    if analysis.reasons:
        parts.append(", ".join(analysis.reasons))
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

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.headline = QLabel(_NO_FILM)
        self.headline.setWordWrap(True)
        self.ends = EndVertebraRow(self)
        self.model = TableModel(MEASUREMENT_HEADER, self)
        self.table = QTableView()
        self.comment = QLineEdit()
        self.comment.setPlaceholderText("comment")
        self.accept = QPushButton("Sign")
        self.reject = QPushButton("Reject")
        self.buttons = {name: QPushButton(f"{label} ({key})") for name, (label, key) in TOOLS.items()}
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
        for names in _TOOL_ROWS:
            row = QHBoxLayout()
            for name in names:
                row.addWidget(self.buttons[name])
            column.addLayout(row)
        column.addLayout(signature)

    def _connect(self) -> None:
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _=False, name=name: self.tool_requested.emit(name))
        self.accept.clicked.connect(lambda: self.sign_requested.emit(False))
        self.reject.clicked.connect(lambda: self.sign_requested.emit(True))

    def show_film(self, film: OpenFilm | None) -> None:
        """Show a film, or that none is open."""
        self.headline.setText(_NO_FILM if film is None else _headline(film))
        self.comment.setText("" if film is None or film.signed is None else film.signed.comment)
        review = None if film is None else review_of(film.analysis)
        for name in _MASK_TOOLS:
            self.buttons[name].setVisible(review is None or bool(review.structures))
        self.buttons["snap"].setVisible(review is not None and review.snap is not None)
        if film is None:
            self.model.show_rows(())
            self.ends.show_ends(EndVertebrae())

    def show_measurements(self, session: ReviewSession) -> None:
        """Show the measurements after the current edits, and what signing would decide."""
        if session.film is None:
            return
        analysis = session.film.analysis
        self.model.show_rows([measurement_row(each, analysis) for each in session.remeasured.measurements])
        self.ends.show_ends(session.remeasured.ends)
        edits = session.history.current
        edited = sorted({*edits.masks, *edits.points, *edits.ends})
        self.accept.setText("Sign corrected" if edits else "Accept")
        self.accept.setToolTip("corrected: " + ", ".join(map(layer_name, edited)) if edited else "as measured")
