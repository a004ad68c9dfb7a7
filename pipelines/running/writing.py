"""When a run writes its tables on the way: now and then, what has changed, for a small part of the run's time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from radcaliper.pipelines.results.outputs import GrowingTables
from radcaliper.pipelines.running.keeping import FilmDone

EVERY_S: Final = 120.0
SHARE: Final = 0.05
"""Of a run's time, that may be spent on writing tables before its end."""
_FIRST_GUESS_S: Final = 1e-3
"""What writing a film is taken to cost before it was done once: on a slow disk."""


class _Cost:
    """What writing costs a film, by the last time."""

    def __init__(self) -> None:
        self._per_film = _FIRST_GUESS_S

    def of(self, films: int) -> float:
        """Seconds that writing so many films will take."""
        return self._per_film * films

    def learn(self, films: int, seconds: float) -> None:
        """Writing so many films took so long."""
        self._per_film = seconds / max(films, 1)


class TablesOnTheWay:
    """Writes the tables while films are measured. ``count`` tells how many films the results hold."""

    def __init__(
        self,
        tables: GrowingTables,
        count: Callable[[], int],
        prepare: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tables, self._count, self._prepare, self._clock = tables, count, prepare, clock
        self._started = self._written = clock()
        self._spent = 0.0
        self._adding, self._writing_anew = _Cost(), _Cost()
        self._new: list[str] = []
        self._replaced = False

    def note(self, done: FilmDone) -> None:
        """A film is done; the tables are written if it is time."""
        if done.measured and done.first:
            self._new.append(done.image)
        self._replaced |= done.measured and not done.first
        if self._clock() - self._written > EVERY_S and (self._new or self._replaced):
            self._write_what_may_be()

    def _write_what_may_be(self) -> None:
        left = SHARE * (self._clock() - self._started) - self._spent
        grows = self._tables.may_grow and not self._replaced
        films = len(self._new) if grows else self._count()
        cost = self._adding if grows else self._writing_anew
        if cost.of(films) > left:
            return
        began = self._clock()
        self._prepare()
        if grows:
            self._tables.add(self._new)
        else:
            self._tables.write_anew()
        self._written = self._clock()
        cost.learn(films, self._written - began)
        self._spent += self._written - began
        self._new, self._replaced = [], False
