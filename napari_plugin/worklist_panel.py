"""The worklist of the review window: filters, the table of films, the count of what is left."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from radcaliper.measurements.types import Status
from radcaliper.napari_plugin.tables import ROW_HEIGHT, WORK_HEADER, TableModel, work_line
from radcaliper.pipelines.review.worklist import Filter, Order, WorkItem, arranged, progress

_ANY = "any"
_STATUSES = (Status.OK, Status.REVIEW, Status.REFUSED, Status.FAILED)


def _limit(box: QLineEdit) -> float | None:
    """The number in a box; None for an empty box and for what is no number yet."""
    try:
        return float(box.text().replace(",", "."))
    except ValueError:
        return None


class WorklistPanel(QWidget):
    """Which films there are; ``chosen`` tells which one to open."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._items: tuple[WorkItem, ...] = ()
        self._listed: tuple[WorkItem, ...] = ()
        self.order, self.status, self.measurement = QComboBox(), QComboBox(), QComboBox()
        self.least, self.most = QLineEdit(), QLineEdit()
        self.open_only = QCheckBox("to do only")
        self.count = QLabel()
        self.model = TableModel(WORK_HEADER, self)
        self.table = QTableView()
        self._fill_choices()
        self._lay_out()
        self._connect()

    def _fill_choices(self) -> None:
        self.order.addItems([order.value for order in Order])
        self.status.addItems([_ANY, *(status.value for status in _STATUSES)])
        self.measurement.addItem(_ANY)
        self.least.setPlaceholderText("least")
        self.most.setPlaceholderText("most")

    def _lay_out(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.verticalHeader().setVisible(False)
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        table.horizontalHeader().setStretchLastSection(True)
        for column, width in enumerate((170, 64, 60, 100)):
            table.setColumnWidth(column, width)
        first, second = QHBoxLayout(), QHBoxLayout()
        for row, words, *widgets in (
            (first, "sort by", self.order),
            (first, "status", self.status),
            (second, "measurement", self.measurement, self.least, self.most),
        ):
            row.addWidget(QLabel(words))
            for widget in widgets:
                row.addWidget(widget, 1)
        first.addWidget(self.open_only)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(table, 1)
        column.addWidget(self.count)

    def _connect(self) -> None:
        for box in (self.order, self.status, self.measurement):
            box.currentTextChanged.connect(self._arrange)
        for limit in (self.least, self.most):
            limit.textChanged.connect(self._arrange)
        self.open_only.toggled.connect(self._arrange)
        self.table.selectionModel().currentRowChanged.connect(self._choose)

    def show_items(self, items: tuple[WorkItem, ...]) -> None:
        """List other films, or the same ones as they are now; the one that is chosen stays chosen."""
        self._items = items
        names = sorted({name for item in items for name in item.values})
        if names != [self.measurement.itemText(place) for place in range(1, self.measurement.count())]:
            self.measurement.clear()
            self.measurement.addItems([_ANY, *names])
        self._arrange()

    def _wanted(self) -> Filter:
        status, measurement = self.status.currentText(), self.measurement.currentText()
        return Filter(
            None if status == _ANY else Status(status),
            "" if measurement in ("", _ANY) else measurement,
            _limit(self.least),
            _limit(self.most),
            self.open_only.isChecked(),
        )

    def _arrange(self) -> None:
        chosen = self.current
        self._listed = arranged(self._items, self._wanted(), Order(self.order.currentText()))
        self.table.selectionModel().blockSignals(True)
        self.model.show([work_line(item) for item in self._listed])
        self._select(next((row for row, item in enumerate(self._listed) if item.image == chosen), -1))
        self.table.selectionModel().blockSignals(False)
        counted = progress(self._items)
        self.count.setText(f"{counted.done} done, {counted.left} left; {len(self._listed)} listed")

    @property
    def current(self) -> str:
        """The film that is chosen; empty for none."""
        row = self.table.currentIndex().row()
        return self._listed[row].image if 0 <= row < len(self._listed) else ""

    def _select(self, row: int) -> None:
        if row < 0:
            self.table.setCurrentIndex(self.model.index(-1, -1))
        else:
            self.table.selectRow(row)

    def _choose(self) -> None:
        if self.current:
            self.chosen.emit(self.current)

    def step(self, by: int) -> None:
        """Choose the film ``by`` rows further down, or the first where none is chosen; the ends hold."""
        if self._listed:
            row = self.table.currentIndex().row()
            self._select(0 if row < 0 else min(max(0, row + by), len(self._listed) - 1))
