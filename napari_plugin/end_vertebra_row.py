"""The choice of a curve's end vertebrae: three boxes, for the curve, its upper and its lower end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from radcaliper.pipelines.review.protocol import EndVertebrae


def fill_box(box: QComboBox, texts: Mapping[str, str], current: str) -> None:
    """Put names into a box, each shown as its text, without sending the box's signals."""
    box.blockSignals(True)
    box.clear()
    for name, text in texts.items():
        box.addItem(text, name)
    box.setCurrentIndex(box.findData(current))
    box.blockSignals(False)


class EndVertebraRow(QWidget):
    """Shows the end vertebrae of one curve at a time and lets a person choose others."""

    chosen = Signal(str, tuple)
    """A curve's site and the (upper, lower) end vertebrae that were chosen for it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ends = EndVertebrae()
        self.curve, self.upper, self.lower = QComboBox(), QComboBox(), QComboBox()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for label, box in (("angle of", self.curve), ("from", self.upper), ("to", self.lower)):
            row.addWidget(QLabel(label))
            row.addWidget(box, 1)
            box.setMinimumWidth(1)
            box.setToolTip("The curve, and the end vertebrae that its angle is measured between")
        self.curve.activated.connect(lambda _: self._fill_ends())
        for box in (self.upper, self.lower):
            box.activated.connect(lambda _: self._choose())
        self.hide()

    def show_ends(self, ends: EndVertebrae) -> None:
        """Show the current end vertebrae of the curves; the row is hidden where a film has no curves."""
        if ends == self._ends:
            return
        self._ends = ends
        self.setVisible(bool(ends.of_curve))
        current = self.curve.currentData()
        texts = {site: site.replace("_", " ") for site in ends.of_curve}
        fill_box(self.curve, texts, current if current in texts else next(iter(texts), ""))
        self._fill_ends()

    def _fill_ends(self) -> None:
        """Fill the boxes of both ends: each offers the vertebrae on its own side of the other end."""
        ends = self._ends.of_curve.get(self.curve.currentData())
        if ends is None:
            return
        vertebrae = self._ends.vertebrae
        fill_box(self.upper, self._texts(vertebrae[: vertebrae.index(ends[1])]), ends[0])
        fill_box(self.lower, self._texts(vertebrae[vertebrae.index(ends[0]) + 1 :]), ends[1])

    def _texts(self, vertebrae: Iterable[str]) -> dict[str, str]:
        """Each vertebra's level, or its number where that is not known."""
        levels = self._ends.levels
        return {name: levels.get(name) or name.removeprefix("vertebra_").lstrip("0") for name in vertebrae}

    def _choose(self) -> None:
        self.chosen.emit(self.curve.currentData(), (self.upper.currentData(), self.lower.currentData()))
