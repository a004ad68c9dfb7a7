"""The choice of a curve's end vertebrae: three boxes, for the curve, its upper and its lower end."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from radcaliper.pipelines.review.protocol import EndVertebrae


def _fill(box: QComboBox, names: Sequence[str], current: str) -> None:
    """Offer names, each shown as a reader says it, without telling anyone."""
    box.blockSignals(True)
    box.clear()
    for name in names:
        box.addItem(name.replace("_", " "), name)
    box.setCurrentIndex(box.findData(current))
    box.blockSignals(False)


class EndsRow(QWidget):
    """``chosen`` tells a curve's site and the (upper, lower) vertebrae that it is to be measured between."""

    chosen = Signal(str, tuple)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ends = EndVertebrae()
        self.curve, self.upper, self.lower = QComboBox(), QComboBox(), QComboBox()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for words, box in (("measure", self.curve), ("from", self.upper), ("to", self.lower)):
            row.addWidget(QLabel(words))
            row.addWidget(box, 1)
        self.curve.activated.connect(lambda _: self._offer())
        for box in (self.upper, self.lower):
            box.activated.connect(lambda _: self._choose())
        self.hide()

    def show_ends(self, ends: EndVertebrae) -> None:
        """Show which end vertebrae the curves have now; nothing where a film has no curves."""
        if ends == self._ends:
            return
        self._ends = ends
        self.setVisible(bool(ends.of_curve))
        current = self.curve.currentData()
        _fill(self.curve, list(ends.of_curve), current if current in ends.of_curve else next(iter(ends.of_curve), ""))
        self._offer()

    def _offer(self) -> None:
        """For each end the vertebrae on its side of the other one."""
        ends = self._ends.of_curve.get(self.curve.currentData())
        if ends is None:
            return
        levels = self._ends.levels
        _fill(self.upper, levels[: levels.index(ends[1])], ends[0])
        _fill(self.lower, levels[levels.index(ends[0]) + 1 :], ends[1])

    def _choose(self) -> None:
        self.chosen.emit(self.curve.currentData(), (self.upper.currentData(), self.lower.currentData()))
