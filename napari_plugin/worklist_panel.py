"""The worklist of the review window: filters, the table of films, and how many are done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from radcaliper.measurements.types import Status
from radcaliper.napari_plugin.buttons import action_button
from radcaliper.napari_plugin.film_panel import TOOLS
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
    values_wanted = Signal(str)
    """The measurement to filter by; ``show_values`` answers."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._items: tuple[WorkItem, ...] = ()
        self._shown: tuple[WorkItem, ...] = ()
        self._values: tuple[str, Mapping[str, tuple[float, ...]]] = ("", {})
        self.order, self.status, self.measurement = QComboBox(), QComboBox(), QComboBox()
        self.minimum, self.maximum = QLineEdit(), QLineEdit()
        self.unsigned_only = QCheckBox("to do")
        self.count = QLabel()
        self.more = QPushButton("filter")
        self.previous = action_button(TOOLS["previous"], lambda: self.step(-1))
        self.next = action_button(TOOLS["next"], lambda: self.step(1))
        self.model = TableModel(WORKLIST_HEADER, worklist_row, self)
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
        self.more.setCheckable(True)
        tips = {
            self.order: "What the list is sorted by",
            self.status: "List only films of this status",
            self.measurement: "List only films whose value of this measurement lies between least and most",
            self.unsigned_only: "List only films that nobody has signed",
            self.more: "Show or hide the filters",
        }
        for widget, tip in tips.items():
            widget.setToolTip(tip)

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
        for column, width in enumerate((112, 50, 38, 92)):
            table.setColumnWidth(column, width)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setMinimumSize(1, 3 * ROW_HEIGHT)
        for widget in (self.order, self.status, self.measurement, self.minimum, self.maximum):
            widget.setMinimumWidth(1)
        first, second, last = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for row, *widgets in (
            (first, QLabel("sort"), self.order, self.more),
            (second, self.status, self.measurement, self.minimum, self.maximum, self.unsigned_only),
            (last, self.count, self.previous, self.next),
        ):
            row.setSpacing(3)
            row.setContentsMargins(0, 0, 0, 0)
            for widget in widgets:
                row.addWidget(widget, 1 if isinstance(widget, QComboBox | QLineEdit) or widget is self.count else 0)
        self.filters = QWidget()
        self.filters.setLayout(second)
        self.filters.hide()
        for button in (self.previous, self.next):
            button.setFixedWidth(34)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(first)
        column.addWidget(self.filters)
        column.addWidget(table, 1)
        column.addLayout(last)

    def _connect(self) -> None:
        for box in (self.order, self.status):
            box.currentTextChanged.connect(self._update_table)
        self.more.toggled.connect(self.filters.setVisible)
        self.measurement.currentTextChanged.connect(self._ask_for_values)
        for limit in (self.minimum, self.maximum):
            limit.textChanged.connect(self._update_table)
        self.unsigned_only.toggled.connect(self._update_table)
        self.table.selectionModel().currentRowChanged.connect(self._choose)

    def show_items(self, items: tuple[WorkItem, ...]) -> None:
        """List these films; the selected film stays selected."""
        self._items = items
        self._update_table()

    def offer_measurements(self, names: Sequence[str]) -> None:
        """Offer these measurements to filter by."""
        chosen = self.measurement.currentText()
        self.measurement.blockSignals(True)
        self.measurement.clear()
        self.measurement.addItems([_ANY, *names])
        self.measurement.blockSignals(False)
        self.measurement.setCurrentText(chosen)

    def _ask_for_values(self, measurement: str) -> None:
        if measurement in ("", _ANY):
            self._update_table()
        else:
            self.values_wanted.emit(measurement)

    def show_values(self, measurement: str, values: Mapping[str, tuple[float, ...]]) -> None:
        """Filter by these values of a measurement, by film."""
        self._values = (measurement, values)
        self._update_table()

    def _filter(self) -> Filter:
        status, (measurement, values) = self.status.currentText(), self._values
        return Filter(
            None if status == _ANY else Status(status),
            values if measurement and measurement == self.measurement.currentText() else None,
            _limit(self.minimum),
            _limit(self.maximum),
            self.unsigned_only.isChecked(),
        )

    def _update_table(self) -> None:
        chosen = self.current
        self._shown = filter_and_sort(self._items, self._filter(), Order(self.order.currentText()))
        self.table.selectionModel().blockSignals(True)
        self.model.show_items(self._shown)
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
