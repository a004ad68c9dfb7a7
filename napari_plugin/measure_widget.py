"""The measure window: run a protocol on the active layer or on a folder of films, into a results folder."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from magicgui.widgets import CheckBox, ComboBox, Container, FileEdit, ProgressBar, PushButton
from napari.layers import Image
from napari.utils.notifications import show_info
from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from radcaliper.napari_plugin.background import TaskQueue, tell
from radcaliper.napari_plugin.film_layer import film_file, layer_spacing
from radcaliper.pipelines.discover import FilmFile, find_films
from radcaliper.pipelines.film import FilmOptions
from radcaliper.pipelines.protocols import PROTOCOLS

if TYPE_CHECKING:
    from napari.viewer import Viewer

_ACTIVE: Final = "active layer"
_FOLDER: Final = "folder"


class _Cancelled(RuntimeError):
    """The reviewer stopped the run; what was measured so far is kept."""


class _Run(QObject):
    """One run's progress and its end, between the thread that measures and the window's."""

    advanced = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.stop = Event()

    def on_film(self) -> None:
        """Called after each film, in the measuring thread."""
        if self.stop.is_set():
            raise _Cancelled("cancelled: what was measured is kept, the next run goes on from there")
        self.advanced.emit()


class MeasureWidget(QWidget):
    """Films, protocol and results folder to choose; progress; cancel. Results open in the review window."""

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._queue = TaskQueue(self)
        self._run = _Run(self)
        self.source = ComboBox(label="measure", choices=[_ACTIVE, _FOLDER])
        self.films = FileEdit(label="films", mode="d", visible=False)
        self.protocol = ComboBox(label="protocol", choices=["auto", *PROTOCOLS])
        self.out = FileEdit(label="results", mode="d", value=Path.home() / "radcaliper_results")
        self.review = CheckBox(text="open in Review when done", value=True)
        self.start = PushButton(text="Measure")
        self.cancel = PushButton(text="Cancel", enabled=False)
        self.progress = ProgressBar(value=0, max=1, visible=False)
        rows = [self.source, self.films, self.protocol, self.out, self.review, self.start, self.cancel, self.progress]
        column = QVBoxLayout(self)
        column.addWidget(Container(widgets=rows).native)
        column.addStretch(1)
        self.source.changed.connect(lambda source: setattr(self.films, "visible", source == _FOLDER))
        self.start.changed.connect(self.measure)
        self.cancel.changed.connect(self._stop)
        self._queue.emptied.connect(lambda: self._show_running(False))

    def measure(self) -> None:
        """Measure what is chosen, in a worker thread."""
        out = Path(self.out.value)
        try:
            films, spacing = self._chosen(out)
        except (ValueError, OSError) as error:
            tell(error)
            return
        options = FilmOptions(self.protocol.value, spacing)
        self._run = _Run(self)
        self._run.advanced.connect(self._advance)
        self.progress.max, self.progress.value = len(films), 0
        self._show_running(True)
        run = self._run
        self._queue.put(lambda: _measured(films, out, options, run), self._finish)

    def _chosen(self, out: Path) -> tuple[Sequence[FilmFile], float | None]:
        """The films to measure, and the spacing to measure them with where it is the layer that knows it."""
        if self.source.value == _FOLDER:
            films = find_films([Path(self.films.value)], out).films
            if not films:
                raise ValueError(f"no radiographs in {self.films.value}")
            return films, None
        layer = self._viewer.layers.selection.active
        if not isinstance(layer, Image):
            raise ValueError("choose the layer of a film first")
        film = film_file(layer, out)
        return [film], layer_spacing(layer) if film.path.is_relative_to(out) else None

    def _stop(self) -> None:
        self._run.stop.set()

    def _advance(self) -> None:
        self.progress.value += 1

    def _show_running(self, running: bool) -> None:
        self.start.enabled, self.cancel.enabled, self.progress.visible = not running, running, running

    def _finish(self, counts: Counter[str]) -> None:
        show_info(", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
        if self.review.value:
            _, review = self._viewer.window.add_plugin_dock_widget("radcaliper", "Review")
            review.open_folder(Path(self.out.value))

    def closeEvent(self, event: Any) -> None:  # noqa: N802  Qt's name
        """Stop the run after the film that is being measured; what was measured is kept."""
        self._run.stop.set()
        self._queue.close()
        super().closeEvent(event)


def _measured(films: Sequence[FilmFile], out: Path, options: FilmOptions, run: _Run) -> Counter[str]:
    from radcaliper.pipelines.batch import BatchOptions, measure_films

    return measure_films(films, out, BatchOptions(options, os.cpu_count() or 1), run.on_film)
