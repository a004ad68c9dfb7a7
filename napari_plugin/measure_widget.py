"""The measure window: run a protocol on the active layer or on a folder of films, into a results folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from magicgui.widgets import CheckBox, ComboBox, Container, FileEdit, ProgressBar, PushButton
from napari.layers import Image
from napari.utils.notifications import show_info
from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from radcaliper.napari_plugin.background import TaskQueue, notify_error
from radcaliper.napari_plugin.dock_close_watcher import DockCloseWatcher
from radcaliper.napari_plugin.film_layer import film_file, layer_spacing
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.pipelines.running.discover import FilmFile, find_films
from radcaliper.pipelines.running.film import FilmOptions
from radcaliper.pipelines.running.process import MeasuringProcess

if TYPE_CHECKING:
    from napari.viewer import Viewer

_ACTIVE: Final = "active layer"
_FOLDER: Final = "folder"


class _Progress(QObject):
    """Carries a run's progress from the worker thread to the window; it may outlive the window."""

    advanced = Signal()
    """A film is done."""


class MeasureWidget(QWidget):
    """Choice of films, protocol and results folder, progress, and cancel. Results open in the review window."""

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._queue = TaskQueue(self)
        self._run: MeasuringProcess | None = None
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
        self.cancel.changed.connect(self._cancel_run)
        watcher = DockCloseWatcher(self)
        watcher.window_closing.connect(self._cancel_run)
        watcher.closed.connect(self._close)
        self._queue.emptied.connect(lambda: self._show_running(False))

    def measure(self) -> None:
        """Measure the chosen films in another process, which a worker thread waits for."""
        out = Path(self.out.value)
        try:
            films, spacing = self._chosen(out)
        except (ValueError, OSError) as error:
            notify_error(error)
            return
        options = FilmOptions(self.protocol.value, spacing)
        self.progress.max, self.progress.value = len(films), 0
        self._show_running(True)
        run = self._run = MeasuringProcess(films, out, options)
        progress = _Progress()
        progress.advanced.connect(self._advance)
        self._queue.put(lambda: run.run(progress.advanced.emit), self._finish)

    def _chosen(self, out: Path) -> tuple[Sequence[FilmFile], float | None]:
        """The films to measure, and their pixel spacing where only the layer has it."""
        if self.source.value == _FOLDER:
            films = tuple(find_films([Path(self.films.value)], out).films)
            if not films:
                raise ValueError(f"no radiographs in {self.films.value}")
            return films, None
        layer = self._viewer.layers.selection.active
        if not isinstance(layer, Image):
            raise ValueError("choose the layer of a film first")
        film = film_file(layer, out)
        return [film], layer_spacing(layer) if film.path.is_relative_to(out) else None

    def _cancel_run(self) -> None:
        if self._run is not None:
            self._run.cancel()

    def _advance(self) -> None:
        self.progress.value += 1

    def _show_running(self, running: bool) -> None:
        self.start.enabled, self.cancel.enabled, self.progress.visible = not running, running, running

    def _finish(self, counts: Counter[str]) -> None:
        show_info(", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
        if self.review.value:
            _, review = self._viewer.window.add_plugin_dock_widget("radcaliper", "Review")
            review.open_folder(Path(self.out.value))

    def _close(self) -> None:
        """Cancel the run: it stops after the film that is being measured, and keeps what was measured."""
        self._cancel_run()
        self._queue.stop()
