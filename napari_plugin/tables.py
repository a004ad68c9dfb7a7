"""The worklist as rows of text in a Qt model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt

from radcaliper.pipelines.review.journal import Decision
from radcaliper.pipelines.review.worklist import WorkItem

_MARKS: Final = {
    None: "",
    Decision.ACCEPTED: "\N{CHECK MARK} accepted",
    Decision.CORRECTED: "\N{CHECK MARK} corrected",
    Decision.REJECTED: "\N{MULTIPLICATION X} rejected",
}
_STALE: Final = "\N{WARNING SIGN} stale"
"""A review belongs to another file of the film's name, or to another unit or pixel spacing."""
_DASH: Final = "\N{EN DASH}"


@dataclass(frozen=True)
class TableRow:
    """One row of a table: the text of its cells, and its tooltip."""

    cells: tuple[str, ...]
    tooltip: str = ""


class TableModel(QAbstractTableModel):
    """Rows of text under a header, each made when it is first shown; read only."""

    def __init__(self, header: Sequence[str], row: Callable[[Any], TableRow], parent: Any) -> None:
        super().__init__(parent)
        self._header, self._row = tuple(header), row
        self._items: Sequence[Any] = ()
        self._made: dict[int, TableRow] = {}

    def show_items(self, items: Sequence[Any]) -> None:
        """Show other items. Where their number stays the same, selection and scroll position stay, too."""
        if len(items) == len(self._items):
            self._items, self._made = items, {}
            self.dataChanged.emit(self.index(0, 0), self.index(len(items) - 1, len(self._header) - 1))
            return
        self.beginResetModel()
        self._items, self._made = items, {}
        self.endResetModel()

    def _made_row(self, place: int) -> TableRow:
        if place not in self._made:
            self._made[place] = self._row(self._items[place])
        return self._made[place]

    def cell(self, row: int, column: int) -> str:
        """The text of a cell."""
        return self._made_row(row).cells[column]

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802  Qt's name
        """The number of rows."""
        return 0 if parent is not None and parent.isValid() else len(self._items)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802  Qt's name
        """The number of columns."""
        return 0 if parent is not None and parent.isValid() else len(self._header)

    def headerData(self, section: int, orientation: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        """The column's heading."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._header[section]
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell's text and its tooltip."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cell(index.row(), index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._made_row(index.row()).tooltip
        return None


ROW_HEIGHT: Final = 22
WORKLIST_HEADER: Final = ("film", "status", "Dice", "signed", "why")


def worklist_row(item: WorkItem) -> TableRow:
    """The row of a film in the worklist: ``Dice`` is the lowest that is predicted of its masks."""
    quality = _DASH if item.lowest_quality is None else f"{item.lowest_quality:.2f}"
    mark = _STALE if item.stale else _MARKS[item.decision]
    codes = f"\n({', '.join(item.reasons)})" if item.reasons else ""
    return TableRow(
        (item.image, item.status.value, quality, mark, item.explanation), f"{item.image}\n{item.explanation}{codes}"
    )
