"""One vertebra at a time: which level it is, one more below it, or none in its place."""

from __future__ import annotations

from typing import Final

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from radcaliper.measurements.spine.levels import LEVELS
from radcaliper.napari_plugin.buttons import Action, action_button
from radcaliper.napari_plugin.end_vertebra_row import fill_box
from radcaliper.pipelines.review.protocol import EndVertebrae

ADD: Final = Action("Add", "Add a vertebra below this one; drag its corners then", "Alt+A")
DELETE: Final = Action("Delete", "Delete this vertebra; those below it move up by a number", "Alt+D")
_UNKNOWN: Final = "level?"


class VertebraRow(QWidget):
    """Shows one of a film's vertebrae, and what can be done with it."""

    named = Signal(str, str)
    """A vertebra and the level that a person says it is; empty for unknown."""
    added = Signal(str)
    """The vertebra below which one is to be added."""
    deleted = Signal(str)
    """The vertebra to delete."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ends = EndVertebrae()
        self.vertebra, self.level = QComboBox(), QComboBox()
        self.vertebra.setToolTip("The vertebra, from the highest seen; a click on it chooses it")
        self.level.setToolTip("Which vertebra it is; all others are named from it")
        self.add = action_button(ADD, lambda: self.added.emit(self.current), shortcut=True)
        self.delete = action_button(DELETE, lambda: self.deleted.emit(self.current), shortcut=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3)
        for box in (self.vertebra, self.level):
            box.setMinimumWidth(1)
        for widget in (QLabel("vertebra"), self.vertebra, QLabel("is"), self.level, self.add, self.delete):
            row.addWidget(widget, 1 if isinstance(widget, QComboBox) else 0)
        self.level.addItem(_UNKNOWN, "")
        for level in LEVELS:
            self.level.addItem(level, level)
        self.vertebra.activated.connect(lambda _: self._show_level())
        self.level.activated.connect(lambda _: self.named.emit(self.current, self.level.currentData()))
        self.hide()

    @property
    def current(self) -> str:
        """The vertebra that is shown; empty for none."""
        return self.vertebra.currentData() or ""

    def show_vertebrae(self, ends: EndVertebrae) -> None:
        """Offer the vertebrae of a film; the row is hidden where it has none."""
        if ends == self._ends:
            return
        self._ends = ends
        self.setVisible(bool(ends.vertebrae))
        texts = {name: _text(name, ends.levels.get(name, "")) for name in ends.vertebrae}
        fill_box(self.vertebra, texts, self.current if self.current in texts else next(iter(texts), ""))
        self._show_level()

    def choose(self, vertebra: str) -> None:
        """Show another vertebra."""
        place = self.vertebra.findData(vertebra)
        if place >= 0:
            self.vertebra.setCurrentIndex(place)
            self._show_level()

    def _show_level(self) -> None:
        self.level.setCurrentIndex(max(0, self.level.findData(self._ends.levels.get(self.current, ""))))


def _text(vertebra: str, level: str) -> str:
    number = vertebra.removeprefix("vertebra_").lstrip("0")
    return f"{number} ({level})" if level else number
