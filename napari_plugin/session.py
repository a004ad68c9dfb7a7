"""The reviewer's desk without its looks: which folder and film lie on it, the edits so far, what they come to."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Final

from qtpy.QtCore import QObject, QTimer, Signal

from radcaliper.measurements.types import Analysis, Mask
from radcaliper.napari_plugin.background import TaskQueue, tell
from radcaliper.pipelines.protocols.reviews import REVIEWS
from radcaliper.pipelines.review.edits import Edits, Ends, History
from radcaliper.pipelines.review.export import write_corrected_masks, write_reviewed_tables
from radcaliper.pipelines.review.folder import OpenFilm, ResultsFolder
from radcaliper.pipelines.review.journal import Decision, Review
from radcaliper.pipelines.review.presence import HEARTBEAT_S, Presence
from radcaliper.pipelines.review.protocol import Places
from radcaliper.pipelines.review.remeasure import Remeasured, remeasure
from radcaliper.pipelines.review.worklist import WorkItem

_MEASURE: Final = "measure"
_DRAFT: Final = "draft"
_TABLES: Final = "tables"
_LIST: Final = "list"


class Desk(QObject):
    """What one review window works on.

    Measuring goes through one queue, what is saved and read back through another, and the tables, which may take a
    while and can be written again from the database, through a third.
    """

    listed = Signal()
    """The worklist was read anew."""
    opened = Signal()
    """Another film lies on the desk."""
    measured = Signal()
    """The numbers of the edits so far are there."""
    signed = Signal()
    """The film on the desk was signed and is saved."""
    joined = Signal(str)
    """Who else has the folder open; empty when nobody has."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.reviewer = ""
        self.folder: ResultsFolder | None = None
        self.items: tuple[WorkItem, ...] = ()
        self.film: OpenFilm | None = None
        self.history = History()
        self.remeasured = Remeasured()
        self.looking, self.writing, self.exporting = TaskQueue(self), TaskQueue(self), TaskQueue(self)
        self._presence: Presence | None = None
        self._others: tuple[str, ...] = ()
        self._heart = QTimer(self)
        self._heart.setInterval(int(HEARTBEAT_S * 1000))
        self._heart.timeout.connect(self._beat)

    def open_folder(self, path: Path) -> None:
        """Read the worklist of a results folder; CannotReview where it is none."""
        folder = ResultsFolder(path)
        self._leave()
        self.folder, self.film, self.items = folder, None, ()
        self._presence = Presence(folder.database)
        self._beat()
        self._heart.start()
        self.refresh()

    def refresh(self) -> None:
        """Read the worklist anew."""
        if self.folder is not None:
            self.looking.put(self.folder.worklist, self._list, _LIST)

    def _list(self, items: tuple[WorkItem, ...]) -> None:
        self.items = items
        self.listed.emit()

    def open_film(self, image: str) -> None:
        """Put a film of the worklist on the desk."""
        if self.folder is None:
            return
        folder, reviewer = self.folder, self.reviewer
        self.film = None  # until the other is there, nothing can be edited or signed

        def work() -> tuple[OpenFilm, Remeasured]:
            film = folder.open_film(image, reviewer)
            return film, remeasure(film.analysis, film.edits)

        self.writing.put(work, self._put_on_desk, "open", self._leave_empty)  # after what is being saved

    def _put_on_desk(self, opened: tuple[OpenFilm, Remeasured]) -> None:
        self.film, self.remeasured = opened
        self.history = History((self.film.edits,))
        self.opened.emit()
        self.measured.emit()

    def _leave_empty(self, error: BaseException) -> None:
        tell(error)
        self.remeasured = Remeasured()
        self.opened.emit()

    def brush(self, structure: str, mask: Mask) -> None:
        """A mask as a person painted it; landmarks that were dragged on the former one are found anew."""
        if self.film is not None:
            anchors = REVIEWS[self.film.analysis.protocol].anchors
            giving_way = [name for name, on in anchors.items() if on == structure]
            self.edit(self.history.current.brushed(structure, mask, giving_way))

    def drag(self, moved: Places, finished: bool) -> None:
        """Landmarks at new places, with what they take along; still on their way, or let go."""
        if self.film is None:
            return
        analysis, edits = self.film.analysis, self.history.current
        protocol = REVIEWS[analysis.protocol]
        along = protocol.carried(protocol.landmarks(analysis, edits), moved)
        edits = edits.dragged({**along, **moved})
        if finished:
            self.edit(edits)
        else:
            self.look_at(edits)

    def choose_ends(self, site: str, ends: Ends) -> None:
        """Measure a curve between other end vertebrae."""
        if self.film is not None and self.remeasured.ends.of_curve.get(site) != ends:
            self.edit(self.history.current.between(site, ends))

    def snap(self, chosen: Collection[str]) -> None:
        """Put what the chosen landmarks mark on its edges on the film; ValueError where nothing can be."""
        if self.film is None:
            return
        analysis, places = self.film.analysis, self.remeasured.landmarks
        snap = REVIEWS[analysis.protocol].snap
        if snap is None or not chosen:
            raise ValueError("choose a corner of a vertebra first")

        def done(snapped: Places) -> None:
            moved = {name: point for name, point in snapped.items() if point != places[name]}
            if self._shows(analysis) and moved:
                self.drag(moved, finished=True)

        self.looking.put(lambda: snap(analysis.radiograph, places, chosen), done)

    def mend(self, structure: str, mask: Mask, how: Callable[[Mask], Mask]) -> None:
        """Mend a mask as a whole."""
        if self.film is None:
            return
        analysis = self.film.analysis

        def done(mended: Mask) -> None:
            if self._shows(analysis):
                self.brush(structure, mended)

        self.looking.put(lambda: how(mask), done)

    def _shows(self, analysis: Analysis) -> bool:
        """Whether a film is still the one on the desk."""
        return self.film is not None and self.film.analysis is analysis

    def edit(self, edits: Edits) -> None:
        """A finished edit: it can be undone, is measured, and is kept as a draft."""
        self._go_to(self.history.then(edits))

    def reset(self) -> None:
        """Back to the automatic masks and landmarks, which is an edit like any other."""
        if self.history.current:
            self.edit(Edits())

    def undo(self) -> None:
        """One edit back."""
        self._go_to(self.history.undone())

    def redo(self) -> None:
        """One edit forward."""
        self._go_to(self.history.redone())

    def _go_to(self, history: History) -> None:
        if self.film is None or self.folder is None or history.place == self.history.place:
            return
        self.history = history
        self.look_at(history.current)
        folder, film, edits, reviewer = self.folder, self.film, history.current, self.reviewer
        self.writing.put(lambda: folder.save_draft(film, edits, reviewer), kind=_DRAFT)

    def look_at(self, edits: Edits) -> None:
        """Measure edits that may not be finished, as while a point is dragged; only the latest are."""
        if self.film is None:
            return
        analysis = self.film.analysis

        def done(remeasured: Remeasured) -> None:
            if self._shows(analysis):
                self.remeasured = remeasured
                self.measured.emit()

        self.looking.put(lambda: remeasure(analysis, edits), done, _MEASURE)

    def sign(self, reject: bool, comment: str) -> None:
        """Sign the film: accepted as measured, corrected, or rejected; ValueError where something is missing."""
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
            signed = folder.sign(film, review, remeasure(film.analysis, edits).numbers)
            write_corrected_masks(folder, film.analysis.image)
            return signed

        self.writing.put(work, self._signed)

    def _signed(self, film: OpenFilm) -> None:
        folder = self.folder
        if folder is None:
            return
        if self._shows(film.analysis):
            self.film = film
        decision = None if film.signed is None else film.signed.decision
        self.items = tuple(
            replace(item, decision=decision) if item.image == film.analysis.image else item for item in self.items
        )
        self.listed.emit()
        self.signed.emit()
        self.exporting.put(lambda: write_reviewed_tables(folder), kind=_TABLES)

    def _beat(self) -> None:
        presence, reviewer = self._presence, self.reviewer
        if presence is not None:
            self.writing.put(lambda: presence.announce(reviewer), self._hear, "presence")

    def _hear(self, others: tuple[str, ...]) -> None:
        if others != self._others:
            self._others = others
            self.joined.emit(", ".join(others))

    def _leave(self) -> None:
        self._heart.stop()
        if self._presence is not None:
            self.writing.put(self._presence.leave)
            self._presence = None

    def save(self) -> None:
        """Save here and now what is not saved yet."""
        self.writing.finish()
        self.exporting.finish()

    def close(self) -> None:
        """Save what is not saved yet and leave the folder; nothing is delivered any more."""
        self._leave()
        self.save()
        for queue in (self.looking, self.writing, self.exporting):
            queue.drop()
