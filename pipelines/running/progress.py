"""How far a run is, in words: films by status, how quickly they are measured, and how long the rest will take."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Final

from radcaliper.pipelines.running.keeping import FilmDone

_LATELY: Final = 200
"""Films that the rate is taken of: the first ones pay for loading the networks."""
STATUSES: Final = ("ok", "review", "refused", "failed")


def counts_in_words(counts: Counter[str]) -> str:
    """``3 ok, 1 review, 0 refused, 0 failed``."""
    return ", ".join(f"{counts[status]:,} {status}" for status in STATUSES)


def duration(seconds: float) -> str:
    """A duration in its two largest units, as ``3 h 5 min``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    first = next((place for place, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count or unit == "s")


class Progress:
    """Counts the films of a run of ``total`` films."""

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.total, self._clock = total, clock
        self.counts: Counter[str] = Counter()
        self._measured: deque[float] = deque([clock()], maxlen=_LATELY)

    def advance(self, done: FilmDone) -> None:
        """A film is done."""
        self.counts[done.status] += 1
        if done.measured:
            self._measured.append(self._clock())

    @property
    def done(self) -> int:
        """Films that are done, whether they were measured now or before."""
        return self.counts.total()

    @property
    def rate(self) -> float | None:
        """Films measured a second of late; None before the first."""
        if len(self._measured) < 2:
            return None
        return (len(self._measured) - 1) / max(self._clock() - self._measured[0], 1e-9)

    def speed_in_words(self) -> str:
        """``2.1 films/s, 3 h 5 min left``; empty before the first film was measured."""
        rate = self.rate
        if rate is None:
            return ""
        left = (self.total - self.done) / rate
        pace = f"{rate:.1f} films/s" if rate >= 1 else f"{1 / rate:.1f} s a film"
        return f"{pace}, {duration(left)} left"

    def in_words(self) -> str:
        """One line that says it all."""
        parts = (f"{self.done:,} of {self.total:,} films", counts_in_words(self.counts), self.speed_in_words())
        return "; ".join(filter(None, parts))


class EveryMinute:
    """Says how far a run is, a line a minute."""

    def __init__(
        self, progress: Progress, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._progress, self._say, self._clock = progress, say, clock
        self._said = clock()

    def __call__(self, done: FilmDone) -> None:
        """A film is done."""
        self._progress.advance(done)
        if self._clock() - self._said >= 60:
            self._said = self._clock()
            self._say(self._progress.in_words())
