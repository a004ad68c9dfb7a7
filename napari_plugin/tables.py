"""What the two tables of the review window show, as Qt models over the pipeline's own values."""

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
"""What was signed belongs to another file of the film's name, or to another unit or pixel spacing."""
_USUAL_METHODS: Final = ("mask", "vertebra_centres", "vertebral_tilt")
"""Methods that need no word of their own beside a measurement's name."""
_DASH: Final = "\N{EN DASH}"


@dataclass(frozen=True)
class Line:
    """One row of a table: its cells, why it is as it is, and whether it stands out."""

    cells: tuple[str, ...]
    tip: str = ""
    bold: bool = False


class TableModel(QAbstractTableModel):
    """Rows of words under a header; read only."""

    def __init__(self, header: Sequence[str], parent: Any) -> None:
        super().__init__(parent)
        self._header = tuple(header)
        self._lines: tuple[Line, ...] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Put other rows in place of the ones shown; as many rows as before are changed where they stand."""
        if len(lines) == len(self._lines):
            self._lines = tuple(lines)
            self.dataChanged.emit(self.index(0, 0), self.index(len(lines) - 1, len(self._header) - 1))
            return
        self.beginResetModel()
        self._lines = tuple(lines)
        self.endResetModel()

    def cell(self, row: int, column: int) -> str:
        """The words of a cell."""
        return self._lines[row].cells[column]

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802  Qt's name
        """How many rows there are."""
        return 0 if parent is not None and parent.isValid() else len(self._lines)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802  Qt's name
        """How many columns there are."""
        return 0 if parent is not None and parent.isValid() else len(self._header)

    def headerData(self, section: int, orientation: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        """The column's heading."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._header[section]
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell's words, its tip and its font."""
        line = self._lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return line.cells[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return line.tip or line.cells[index.column()]
        if role == Qt.ItemDataRole.FontRole and line.bold:
            font = QFont()
            font.setBold(True)
            return font
        return None


ROW_HEIGHT: Final = 24
WORK_HEADER: Final = ("film", "status", "quality", "signed", "why")
MEASUREMENT_HEADER: Final = ("measurement", "value", "90 % interval", "was", "quality")


def work_line(item: WorkItem) -> Line:
    """A film of the worklist."""
    quality = _DASH if item.lowest_quality is None else f"{item.lowest_quality:.2f}"
    mark = _STALE if item.stale else _MARKS[item.decision]
    return Line((item.image, item.status.value, quality, mark, item.why), item.why)


def _digits(unit: Unit | None) -> int:
    return 3 if unit is Unit.RATIO else 1 if unit in (Unit.DEGREE, Unit.MILLIMETRE) else 0


def _written(value: float, unit: Unit | None) -> str:
    """A value to its unit's digits; zero has no sign."""
    digits = _digits(unit)
    return f"{round(value, digits) + 0.0:.{digits}f}"


def _value(measurement: Measurement | None) -> str:
    if measurement is None or measurement.value is None:
        return _DASH
    unit = "" if measurement.unit in (None, Unit.RATIO) else f" {measurement.unit.value}"
    return f"{_written(measurement.value, measurement.unit)}{unit}"


def _interval(measurement: Measurement) -> str:
    if measurement.lower is None or measurement.upper is None:
        return ", ".join(measurement.reasons)
    return f"{_written(measurement.lower, measurement.unit)} to {_written(measurement.upper, measurement.unit)}"


def _name(measurement: Measurement) -> str:
    words = [measurement.name, measurement.site]
    if measurement.method not in _USUAL_METHODS:
        words.append(measurement.method)
    return " ".join(filter(None, words)).replace("_", " ")


def measurement_line(measurement: ReviewedMeasurement, analysis: Analysis) -> Line:
    """A measurement with its interval, its automatic value if it was corrected, and its masks' lowest quality."""
    changed = measurement.corrected_value is not None
    quality = quality_of(measurement.now, analysis)
    cells = (
        _name(measurement.now),
        _value(measurement.now),
        _interval(measurement.now),
        _value(measurement.automatic) if changed or measurement.now.value is None else "",
        _DASH if quality is None else f"{quality:.2f}",
    )
    words = (measurement.now.status.value, *measurement.now.reasons, measurement.now.reference_class)
    return Line(cells, ", ".join(filter(None, words)), changed)
