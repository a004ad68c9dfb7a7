"""The worklist of the review window: filters, the table of films, and how many are done."""

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
from radcaliper.napari_plugin.tables import ROW_HEIGHT, WORKLIST_HEADER, TableModel, worklist_row
from radcaliper.pipelines.review.worklist import Filter, Order, WorkItem, filter_and_sort, progress

_ANY = "any"
_STATUSES = (Status.OK, Status.REVIEW, Status.REFUSED, Status.FAILED)


def _limit(box: QLineEdit) -> float | None:
    """The number in a box; None where the box holds no number."""
    try:
        return float(box.text().replace(",", "."))
    except ValueError:
        return None


class WorklistPanel(QWidget):
    """Lists the films of a results folder."""

    chosen = Signal(str)
    """The film to open."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._items: tuple[WorkItem, ...] = ()
        self._shown: tuple[WorkItem, ...] = ()
        self.order, self.status, self.measurement = QComboBox(), QComboBox(), QComboBox()
        self.minimum, self.maximum = QLineEdit(), QLineEdit()
        self.unsigned_only = QCheckBox("to do only")
        self.count = QLabel()
        self.model = TableModel(WORKLIST_HEADER, self)
        self.table = QTableView()
        self._fill_choices()
        self._lay_out()
        self._connect()

    def _fill_choices(self) -> None:
        self.order.addItems([order.value for order in Order])
        self.status.addItems([_ANY, *(status.value for status in _STATUSES)])
        self.measurement.addItem(_ANY)
        self.minimum.setPlaceholderText("least")
        self.maximum.setPlaceholderText("most")

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
        for row, label, *widgets in (
            (first, "sort by", self.order),
            (first, "status", self.status),
            (second, "measurement", self.measurement, self.minimum, self.maximum),
        ):
            row.addWidget(QLabel(label))
            for widget in widgets:
                row.addWidget(widget, 1)
        first.addWidget(self.unsigned_only)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(table, 1)
        column.addWidget(self.count)

    def _connect(self) -> None:
        for box in (self.order, self.status, self.measurement):
            box.currentTextChanged.connect(self._update_table)
        for limit in (self.minimum, self.maximum):
            limit.textChanged.connect(self._update_table)
        self.unsigned_only.toggled.connect(self._update_table)
        self.table.selectionModel().currentRowChanged.connect(self._choose)

    def show_items(self, items: tuple[WorkItem, ...]) -> None:
        """List these films; the selected film stays selected."""
        self._items = items
        names = sorted({name for item in items for name in item.values})
        if names != [self.measurement.itemText(index) for index in range(1, self.measurement.count())]:
            self.measurement.clear()
            self.measurement.addItems([_ANY, *names])
        self._update_table()

    def _filter(self) -> Filter:
        status, measurement = self.status.currentText(), self.measurement.currentText()
        return Filter(
            None if status == _ANY else Status(status),
            "" if measurement in ("", _ANY) else measurement,
            _limit(self.minimum),
            _limit(self.maximum),
            self.unsigned_only.isChecked(),
        )

    def _update_table(self) -> None:
        chosen = self.current
        self._shown = filter_and_sort(self._items, self._filter(), Order(self.order.currentText()))
        self.table.selectionModel().blockSignals(True)
        self.model.show_rows([worklist_row(item) for item in self._shown])
        self._select(next((row for row, item in enumerate(self._shown) if item.image == chosen), -1))
        self.table.selectionModel().blockSignals(False)
        counted = progress(self._items)
        self.count.setText(f"{counted.done} done, {counted.left} left; {len(self._shown)} listed")

    @property
    def current(self) -> str:
        """The selected film; empty for none."""
        row = self.table.currentIndex().row()
        return self._shown[row].image if 0 <= row < len(self._shown) else ""

    def _select(self, row: int) -> None:
        if row < 0:
            self.table.setCurrentIndex(self.model.index(-1, -1))
        else:
            self.table.selectRow(row)

    def _choose(self) -> None:
        if self.current:
            self.chosen.emit(self.current)

    def step(self, by: int) -> None:
        """Select the film ``by`` rows further down, within the list; the first film where none is selected."""
        if self._shown:
            row = self.table.currentIndex().row()
            self._select(0 if row < 0 else min(max(0, row + by), len(self._shown) - 1))
