"""The two tables of the review window, as rows of text in a Qt model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt
from qtpy.QtGui import QFont

from radcaliper.measurements.types import Analysis, Measurement, Unit
from radcaliper.pipelines.review.journal import Decision
from radcaliper.pipelines.review.measurements import ReviewedMeasurement
from radcaliper.pipelines.review.remeasure import quality_of
from radcaliper.pipelines.review.worklist import WorkItem

_MARKS: Final = {
    None: "",
    Decision.ACCEPTED: "\N{CHECK MARK} accepted",
    Decision.CORRECTED: "\N{CHECK MARK} corrected",
    Decision.REJECTED: "\N{MULTIPLICATION X} rejected",
}
_STALE: Final = "\N{WARNING SIGN} stale"
"""A review belongs to another file of the film's name, or to another unit or pixel spacing."""
_USUAL_METHODS: Final = ("mask", "vertebra_centres", "vertebral_tilt")
"""Methods that are not shown beside a measurement's name."""
_DASH: Final = "\N{EN DASH}"


@dataclass(frozen=True)
class TableRow:
    """One row of a table: the text of its cells, its tooltip, and whether it is bold."""

    cells: tuple[str, ...]
    tooltip: str = ""
    bold: bool = False


class TableModel(QAbstractTableModel):
    """Rows of text under a header; read only."""

    def __init__(self, header: Sequence[str], parent: Any) -> None:
        super().__init__(parent)
        self._header = tuple(header)
        self._rows: tuple[TableRow, ...] = ()

    def show_rows(self, rows: Sequence[TableRow]) -> None:
        """Show other rows. Where their number stays the same, selection and scroll position stay, too."""
        if len(rows) == len(self._rows):
            self._rows = tuple(rows)
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(self._header) - 1))
            return
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()

    def cell(self, row: int, column: int) -> str:
        """The text of a cell."""
        return self._rows[row].cells[column]

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802  Qt's name
        """The number of rows."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802  Qt's name
        """The number of columns."""
        return 0 if parent is not None and parent.isValid() else len(self._header)

    def headerData(self, section: int, orientation: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        """The column's heading."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._header[section]
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell's text, its tooltip and its font."""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.cells[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.tooltip or row.cells[index.column()]
        if role == Qt.ItemDataRole.FontRole and row.bold:
            font = QFont()
            font.setBold(True)
            return font
        return None


ROW_HEIGHT: Final = 24
WORKLIST_HEADER: Final = ("film", "status", "quality", "signed", "why")
MEASUREMENT_HEADER: Final = ("measurement", "value", "90 % interval", "was", "quality")


def worklist_row(item: WorkItem) -> TableRow:
    """The row of a film in the worklist."""
    quality = _DASH if item.lowest_quality is None else f"{item.lowest_quality:.2f}"
    mark = _STALE if item.stale else _MARKS[item.decision]
    return TableRow((item.image, item.status.value, quality, mark, item.explanation), item.explanation)


def _digits(unit: Unit | None) -> int:
    return 3 if unit is Unit.RATIO else 1 if unit in (Unit.DEGREE, Unit.MILLIMETRE) else 0


def _formatted(value: float, unit: Unit | None) -> str:
    """A value with its unit's number of digits; zero has no sign."""
    digits = _digits(unit)
    return f"{round(value, digits) + 0.0:.{digits}f}"


def _value(measurement: Measurement | None) -> str:
    if measurement is None or measurement.value is None:
        return _DASH
    unit = "" if measurement.unit in (None, Unit.RATIO) else f" {measurement.unit.value}"
    return f"{_formatted(measurement.value, measurement.unit)}{unit}"


def _interval(measurement: Measurement) -> str:
    if measurement.lower is None or measurement.upper is None:
        return ", ".join(measurement.reasons)
    return f"{_formatted(measurement.lower, measurement.unit)} to {_formatted(measurement.upper, measurement.unit)}"


def _name(measurement: Measurement) -> str:
    parts = [measurement.name, measurement.site]
    if measurement.method not in _USUAL_METHODS:
        parts.append(measurement.method)
    return " ".join(filter(None, parts)).replace("_", " ")


def measurement_row(measurement: ReviewedMeasurement, analysis: Analysis) -> TableRow:
    """The row of a measurement: value, interval, automatic value if it was corrected, lowest quality of its masks."""
    changed = measurement.corrected_value is not None
    quality = quality_of(measurement.now, analysis)
    cells = (
        _name(measurement.now),
        _value(measurement.now),
        _interval(measurement.now),
        _value(measurement.automatic) if changed or measurement.now.value is None else "",
        _DASH if quality is None else f"{quality:.2f}",
    )
    notes = (measurement.now.status.value, *measurement.now.reasons, measurement.now.reference_class)
    return TableRow(cells, ", ".join(filter(None, notes)), changed)
