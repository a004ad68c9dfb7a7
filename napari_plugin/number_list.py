"""All numbers of the open film as one list under headings, with those of a film beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from qtpy.QtCore import Qt
from qtpy.QtGui import QBrush, QColor
from qtpy.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from radcaliper.pipelines.review.numbers import NumberGroup, NumberRow

_HEADER: Final = ("number", "value", "90 % interval", "was")
_HEADER_BESIDE: Final = ("number", "value", "beside", "change")
_DOUBTFUL: Final = QColor("#E69F00")
_INDENT: Final = 10


def _cells(row: NumberRow, beside: bool) -> tuple[str, ...]:
    """Where there is no value, the reason stands beside it."""
    if beside:
        return row.label, row.value, row.other, row.change
    return row.label, row.value, row.interval or row.note, row.automatic


class NumberList(QTreeWidget):
    """Shows groups of numbers; groups that a person opened or closed stay so while the film is open."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shape: tuple[tuple[str, int], ...] = ()
        self._rows: list[tuple[QTreeWidgetItem, NumberRow]] = []
        self._beside = False
        self.setHeaderLabels(_HEADER)
        self.setIndentation(_INDENT)
        self.setUniformRowHeights(True)
        self.setMinimumWidth(1)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.header()
        header.setStretchLastSection(True)
        header.setMinimumSectionSize(30)
        for column, width in enumerate((148, 76, 88, 40)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            self.setColumnWidth(column, width)

    def show_groups(self, groups: Sequence[NumberGroup], beside: bool) -> None:
        """Show numbers; with ``beside`` those of the other film and the change. Only what changed is set anew."""
        shape = tuple((group.title, len(group.rows)) for group in groups)
        if shape != self._shape or beside != self._beside:
            self._build(groups, beside)
            self._shape, self._beside = shape, beside
        rows = [row for group in groups for row in group.rows]
        for place, ((item, shown), row) in enumerate(zip(self._rows, rows, strict=True)):
            if row != shown:
                self._set(item, row)
                self._rows[place] = (item, row)

    def _build(self, groups: Sequence[NumberGroup], beside: bool) -> None:
        opened = {
            self.topLevelItem(place).text(0): self.topLevelItem(place).isExpanded()
            for place in range(self.topLevelItemCount())
        }
        self.clear()
        self._rows = []
        self.setHeaderLabels(_HEADER_BESIDE if beside else _HEADER)
        self._beside = beside
        for group in groups:
            heading = QTreeWidgetItem([group.title])
            self.addTopLevelItem(heading)
            heading.setFirstColumnSpanned(True)
            _set_bold(heading, 0, True)
            for row in group.rows:
                item = QTreeWidgetItem()
                heading.addChild(item)
                self._set(item, row)
                self._rows.append((item, row))
            heading.setExpanded(opened.get(group.title, not group.folded))

    def _set(self, item: QTreeWidgetItem, row: NumberRow) -> None:
        for column, text in enumerate(_cells(row, self._beside)):
            if item.text(column) != text:
                item.setText(column, text)
            item.setToolTip(column, _tooltip(row))
            _set_bold(item, column, row.corrected)
            item.setForeground(column, QBrush(_DOUBTFUL) if row.note and column == 1 else QBrush())

    def cells(self, label: str, group: str = "") -> tuple[str, ...]:
        """The cells of the first number whose name begins so, under a heading that begins with ``group``."""
        for item, _ in self._rows:
            if item.text(0).startswith(label) and item.parent().text(0).startswith(group):
                return tuple(item.text(column) for column in range(self.columnCount()))
        raise KeyError(label)


def _tooltip(row: NumberRow) -> str:
    """The whole number, as a narrow column may cut it, and all that is known of it."""
    whole = " ".join(filter(None, (row.value, f"[{row.interval}]" if row.interval else "")))
    return "\n".join(filter(None, (f"{row.label}: {whole}", row.note, row.tooltip)))


def _set_bold(item: QTreeWidgetItem, column: int, bold: bool) -> None:
    font = item.font(column)
    if font.bold() != bold:
        font.setBold(bold)
        item.setFont(column, font)
