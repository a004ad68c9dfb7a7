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
from radcaliper.napari_plugin.film_layer import METADATA, film_file, layer_spacing
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
    """Choice of films, protocol and results folder, progress, and cancel."""

    measured = Signal(object)
    """The Path of the results folder, after a run that is to be reviewed."""

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._queue = TaskQueue(self)
        self._run: MeasuringProcess | None = None
        self.source = ComboBox(label="measure", choices=[_ACTIVE, _FOLDER], tooltip="Which films")
        self.films = FileEdit(label="films", mode="d", visible=False, tooltip="The folder of films")
        self.protocol = ComboBox(
            label="protocol", choices=["auto", *PROTOCOLS], tooltip="The kind of film; auto finds it out"
        )
        self.out = FileEdit(
            label="results", mode="d", value=Path.home() / "radcaliper_results", tooltip="Where to keep results"
        )
        self.review = CheckBox(text="open in Review when done", value=True, tooltip="Show them at once")
        self.start = PushButton(text="Measure", tooltip="Measure, and keep the results in the folder (Alt+M)")
        self.cancel = PushButton(
            text="Cancel", enabled=False, tooltip="Stop after the film that is being measured (Alt+C)"
        )
        self.progress = ProgressBar(value=0, max=1, visible=False)
        rows = [self.source, self.films, self.protocol, self.out, self.review, self.start, self.cancel, self.progress]
        column = QVBoxLayout(self)
        column.addWidget(Container(widgets=rows).native)
        column.addStretch(1)
        self.source.changed.connect(lambda source: setattr(self.films, "visible", source == _FOLDER))
        self.start.changed.connect(self.measure)
        self.cancel.changed.connect(self.cancel_run)
        self.start.native.setShortcut("Alt+M")
        self.cancel.native.setShortcut("Alt+C")
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
        layer.metadata = {**layer.metadata, METADATA: {**layer.metadata.get(METADATA, {}), "path": str(film.path)}}
        return [film], layer_spacing(layer) if film.path.is_relative_to(out) else None

    def cancel_run(self) -> None:
        """Stop the run after the film that is being measured; what was measured is kept."""
        if self._run is not None:
            self._run.cancel()

    def _advance(self) -> None:
        self.progress.value += 1

    def _show_running(self, running: bool) -> None:
        self.start.enabled, self.cancel.enabled, self.progress.visible = not running, running, running

    def _finish(self, counts: Counter[str]) -> None:
        show_info(", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
        if self.review.value:
            self.measured.emit(Path(self.out.value))

    def stop(self) -> None:
        """Cancel the run, and tell of nothing any more."""
        self.cancel_run()
        self._queue.stop()
