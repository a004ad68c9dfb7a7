"""The state of one review window, without its widgets: the folder, the open film, its edits and its measurements."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Final

from qtpy.QtCore import QObject, QTimer, Signal

from radcaliper.measurements.types import Analysis, Mask
from radcaliper.napari_plugin.background import TaskQueue, error_text, notify_error
from radcaliper.pipelines.comparison.change import Change
from radcaliper.pipelines.comparison.compare import compare_measurements
from radcaliper.pipelines.review.edits import CurveEnds, Edits, History
from radcaliper.pipelines.review.export import write_reviewed_masks, write_reviewed_tables
from radcaliper.pipelines.review.folder import OpenFilm, ResultsFolder
from radcaliper.pipelines.review.journal import Decision, Review
from radcaliper.pipelines.review.presence import HEARTBEAT_S, Presence
from radcaliper.pipelines.review.protocol import LandmarkPoints
from radcaliper.pipelines.review.remeasure import Remeasured, remeasure, review_of
from radcaliper.pipelines.review.vertebrae import with_vertebra_added, with_vertebra_deleted, with_vertebra_named
from radcaliper.pipelines.review.worklist import WorkItem

_LIST: Final = "list"
_NAMES: Final = "names"
_VALUES: Final = "values"
_OPEN: Final = "open"
_BESIDE: Final = "beside"
_MEASURE: Final = "measure"
_DRAFT: Final = "draft"
_TABLES: Final = "tables"
_PRESENCE: Final = "presence"
"""Kinds of tasks: a waiting task is replaced by a later one of its kind."""


class ReviewSession(QObject):
    """What one review window works on.

    Three queues run its tasks: ``measuring`` measures, ``saving`` reads and writes the database, and ``exporting``
    writes the tables. Tables have a queue of their own because they may take long, and because they can be written
    again from the database.
    """

    worklist_changed = Signal()
    """``items`` has changed."""
    film_opening = Signal(str)
    """A film is being opened, which takes a moment."""
    film_opened = Signal()
    """``film`` is another film, or None where the film could not be opened."""
    measured = Signal()
    """``remeasured`` has changed."""
    beside_changed = Signal()
    """``beside`` is another film, or None."""
    values_read = Signal(str, object)
    """A measurement, and its values by film."""
    measurements_listed = Signal(object)
    """The names of the measurements that some film of the folder has."""
    film_signed = Signal()
    """The open film is signed and saved."""
    other_reviewers = Signal(str)
    """Who else has the folder open; empty when nobody has."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.reviewer = ""
        self.folder: ResultsFolder | None = None
        self.items: tuple[WorkItem, ...] = ()
        self.film: OpenFilm | None = None
        self.history = History()
        self.remeasured = Remeasured()
        self.beside: tuple[OpenFilm, Remeasured] | None = None
        self.error = ""
        self.measuring, self.saving, self.exporting = TaskQueue(self), TaskQueue(self), TaskQueue(self)
        self._presence: Presence | None = None
        self._others: tuple[str, ...] = ()
        self._heartbeat = QTimer(self)
        self._heartbeat.setInterval(int(HEARTBEAT_S * 1000))
        self._heartbeat.timeout.connect(self._announce)

    def open_folder(self, path: Path) -> None:
        """Read the worklist of a results folder; CannotReview where the path is none."""
        folder = ResultsFolder(path)
        self._leave()
        self.folder, self.film, self.items, self.beside = folder, None, (), None
        self._presence = Presence(folder.database)
        self._announce()
        self._heartbeat.start()
        self.refresh()

    def refresh(self) -> None:
        """Read the worklist again."""
        if self.folder is not None:
            self.measuring.put(self.folder.worklist, self._set_items, _LIST)
            self.measuring.put(self.folder.measured, self.measurements_listed.emit, _NAMES)

    def read_values(self, measurement: str) -> None:
        """Read a measurement's values of all films, to filter by."""
        folder = self.folder
        if folder is not None:
            self.measuring.put(
                lambda: folder.values(measurement), lambda found: self.values_read.emit(measurement, found), _VALUES
            )

    def _set_items(self, items: tuple[WorkItem, ...]) -> None:
        self.items = items
        self.worklist_changed.emit()

    def open_film(self, image: str) -> None:
        """Open a film of the worklist."""
        if self.folder is None:
            return
        folder, reviewer = self.folder, self.reviewer
        self.film, self.beside = None, None  # until the next film is open, nothing can be edited or signed

        def work() -> tuple[OpenFilm, Remeasured]:
            film = folder.open_film(image, reviewer)
            return film, remeasure(film.analysis, film.edits)

        # the saving queue: a film is opened only after what was edited before is saved
        self.saving.put(work, self._set_film, _OPEN, lambda error: self._no_film(image, error))
        self.film_opening.emit(image)

    def _set_film(self, opened: tuple[OpenFilm, Remeasured]) -> None:
        self.film, self.remeasured = opened
        self.error = ""
        self.history = History((self.film.edits,))
        self.film_opened.emit()
        self.measured.emit()

    def _no_film(self, image: str, error: BaseException) -> None:
        notify_error(error)
        text = error_text(error)
        self.error, self.remeasured = text if image in text else f"{image}: {text}", Remeasured()
        self.film_opened.emit()

    def compare_with(self, image: str) -> None:
        """Open another film beside this one, as it was signed or measured; an empty name shows this one alone."""
        if self.folder is None or self.film is None:
            return
        if not image:
            self._set_beside(None)
            return
        folder, reviewer, analysis = self.folder, self.reviewer, self.film.analysis

        def work() -> tuple[OpenFilm, Remeasured]:
            film = folder.open_film(image, reviewer)
            return film, remeasure(film.analysis, film.edits)

        def done(opened: tuple[OpenFilm, Remeasured]) -> None:
            if self._is_open(analysis):
                self._set_beside(opened)

        self.saving.put(work, done, _BESIDE)

    def _set_beside(self, opened: tuple[OpenFilm, Remeasured] | None) -> None:
        self.beside = opened
        self.beside_changed.emit()

    @property
    def changes(self) -> tuple[Change, ...]:
        """The change of every number from the film beside this one; none where there is none."""
        if self.beside is None:
            return ()
        earlier, later = self.beside[1].measurements, self.remeasured.measurements
        return compare_measurements([each.now for each in earlier], [each.now for each in later])

    def edit_mask(self, structure: str, mask: Mask) -> None:
        """Replace a mask by an edited one; landmarks that were moved on the earlier mask are found again."""
        if self.film is not None:
            review = review_of(self.film.analysis)
            structures = {} if review is None else review.landmark_structures
            forget = [name for name, on in structures.items() if on == structure]
            self.edit(self.history.current.with_mask(structure, mask, forget))

    def move_landmarks(self, moved: LandmarkPoints, finished: bool) -> None:
        """Move landmarks, and those that move with them; ``finished`` is False while they are still being dragged."""
        if self.film is None:
            return
        analysis, edits = self.film.analysis, self.history.current
        review = review_of(analysis)
        linked = {} if review is None else review.linked_landmarks(review.landmarks(analysis, edits), moved)
        edits = edits.with_landmarks({**linked, **moved})
        if finished:
            self.edit(edits)
        else:
            self.measure(edits)

    def choose_ends(self, site: str, ends: CurveEnds) -> None:
        """Measure a curve between other end vertebrae."""
        if self.film is not None and self.remeasured.ends.of_curve.get(site) != ends:
            self.edit(self.history.current.with_curve_ends(site, ends))

    def name_vertebra(self, vertebra: str, level: str) -> None:
        """Say which level a vertebra is; the others are counted from it."""
        if self.film is not None and self.remeasured.ends.levels.get(vertebra, "") != level:
            self.edit(with_vertebra_named(self.history.current, vertebra, level))

    def add_vertebra(self, above: str) -> None:
        """Add a vertebra below another one, above all where the name is empty."""
        if self.film is not None:
            self.edit(with_vertebra_added(self.history.current, self.remeasured.landmarks, above))

    def delete_vertebra(self, vertebra: str) -> None:
        """Delete a vertebra; ValueError where it is the only one."""
        if self.film is not None:
            self.edit(with_vertebra_deleted(self.history.current, self.remeasured.landmarks, vertebra))

    def snap(self, chosen: Collection[str]) -> None:
        """Move landmarks onto the edges that they mark; ValueError where nothing is chosen or nothing can snap."""
        if self.film is None:
            return
        analysis, landmarks = self.film.analysis, self.remeasured.landmarks
        review = review_of(analysis)
        snap = None if review is None else review.snap
        if snap is None or not chosen:
            raise ValueError("choose a corner of a vertebra first")

        def done(snapped: LandmarkPoints) -> None:
            moved = {name: point for name, point in snapped.items() if point != landmarks[name]}
            if self._is_open(analysis) and moved:
                self.move_landmarks(moved, finished=True)

        self.measuring.put(lambda: snap(analysis.radiograph, landmarks, chosen), done)

    def repair_mask(self, structure: str, mask: Mask, repair: Callable[[Mask], Mask]) -> None:
        """Replace a mask by what ``repair`` makes of it."""
        if self.film is None:
            return
        analysis = self.film.analysis

        def done(repaired: Mask) -> None:
            if self._is_open(analysis):
                self.edit_mask(structure, repaired)

        self.measuring.put(lambda: repair(mask), done)

    def _is_open(self, analysis: Analysis) -> bool:
        """Whether the analysis is still that of the open film."""
        return self.film is not None and self.film.analysis is analysis

    def edit(self, edits: Edits) -> None:
        """Apply finished edits: they can be undone, are measured, and are kept as a draft."""
        self._restore(self.history.with_edits(edits))

    def reset(self) -> None:
        """Go back to the automatic masks and landmarks; this can be undone as any edit."""
        if self.history.current:
            self.edit(Edits())

    def undo(self) -> None:
        """Undo one edit."""
        self._restore(self.history.undone())

    def redo(self) -> None:
        """Redo one edit."""
        self._restore(self.history.redone())

    def _restore(self, history: History) -> None:
        """Make a state of the history the current one: measure it and save it as a draft."""
        if self.film is None or self.folder is None or history.position == self.history.position:
            return
        self.history = history
        self.measure(history.current)
        folder, film, edits, reviewer = self.folder, self.film, history.current, self.reviewer
        self.saving.put(lambda: folder.save_draft(film, edits, reviewer), kind=_DRAFT)

    def measure(self, edits: Edits) -> None:
        """Measure edits, finished or not. Of several that wait, only the latest are measured."""
        if self.film is None:
            return
        analysis = self.film.analysis

        def done(remeasured: Remeasured) -> None:
            if self._is_open(analysis):
                self.remeasured = remeasured
                self.measured.emit()

        self.measuring.put(lambda: remeasure(analysis, edits), done, _MEASURE)

    def sign(self, reject: bool, comment: str) -> None:
        """Sign the film as accepted, corrected or rejected; ValueError where the reviewer or the comment is missing."""
        if self.film is None or self.folder is None:
            return
        if not self.reviewer:
            raise ValueError("enter your name as reviewer before you sign")
        if reject and not comment:
            raise ValueError("say in the comment why the film is rejected")
        folder, film, edits = self.folder, self.film, self.history.current
        decision = Decision.REJECTED if reject else Decision.CORRECTED if edits else Decision.ACCEPTED
        review = Review(film.analysis.image, film.sha256, decision, self.reviewer, comment, edits)

        def work() -> OpenFilm:
            signed = folder.sign(film, review, remeasure(film.analysis, edits).measurements)
            write_reviewed_masks(folder, signed)
            return signed

        self.saving.put(work, self._after_signing)

    def _after_signing(self, film: OpenFilm) -> None:
        folder = self.folder
        if folder is None:
            return
        if self._is_open(film.analysis):
            self.film = film
        decision = None if film.signed is None else film.signed.decision
        self.items = tuple(
            replace(item, decision=decision, stale=False) if item.image == film.analysis.image else item
            for item in self.items
        )
        self.worklist_changed.emit()
        self.film_signed.emit()
        self.exporting.put(lambda: write_reviewed_tables(folder), kind=_TABLES)

    def _announce(self) -> None:
        presence, reviewer = self._presence, self.reviewer
        if presence is not None:
            self.saving.put(lambda: presence.announce(reviewer), self._set_others, _PRESENCE)

    def _set_others(self, others: tuple[str, ...]) -> None:
        if others != self._others:
            self._others = others
            self.other_reviewers.emit(", ".join(others))

    def _leave(self) -> None:
        self._heartbeat.stop()
        if self._presence is not None:
            self.saving.put(self._presence.leave)
            self._presence = None

    def save(self) -> None:
        """Save what waits to be saved, before this returns."""
        self.saving.finish()
        self.exporting.finish()

    def close(self) -> None:
        """Save what waits to be saved and leave the folder; no signal is sent after this."""
        self._leave()
        self.save()
        for queue in (self.measuring, self.saving, self.exporting):
            queue.stop()
