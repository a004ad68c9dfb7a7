"""Where a film's time goes, stage by stage: ``stages.py PROTOCOL FILM...``; ``speed.py`` puts it in a table.

The films are measured as by ``radcaliper measure``, on one thread; nothing is written. Prints JSON: the median
milliseconds of the processor that each stage takes a film, and all of them, and the megabytes that the process holds in
the end. The first film warms up and is left out where there are more. A stage's time is its own: what networks compute
counts for them alone.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any, Final

from radcaliper.models.inference import loading
from radcaliper.models.inference.forward import Network
from radcaliper.pipelines.protocols import view_gate
from radcaliper.pipelines.protocols.base import Protocol
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.pipelines.running import film as film_module
from radcaliper.pipelines.running.discover import FilmFile
from radcaliper.pipelines.running.film import FilmOptions
from radcaliper.pipelines.running.task import FilmTask, measure

NETWORKS: Final = "networks"
FILM_STAGES: Final = {
    "file_hash": "reading",
    "read_radiograph": "reading",
    "mask_files": "mask files",
    "overlay_files": "overlay",
    "in_file_frame": "rows",
    "analysis_rows": "rows",
}
"""What ``process_film`` calls, and the stage that it counts for."""
STEP_STAGES: Final = {
    "predict": "masks, landmarks",
    "appears_inverted": "gates",
    "unsquashed": "gates",
    "locate": "measurements, intervals",
    "gate": "gates",
    "look_closer": "further masks, courses",
    "measure": "measurements, intervals",
    "landmarks": "measurements, intervals",
}
"""The steps of a protocol likewise."""
STAGES: Final = (
    "reading",
    "view",
    NETWORKS,
    "masks, landmarks",
    "further masks, courses",
    "qualities",
    "gates",
    "measurements, intervals",
    "rows",
    "mask files",
    "overlay",
    "other",
)


class Stopwatch:
    """The seconds that each stage took by itself, without those of stages within it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._within: list[float] = []

    def timed(self, stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, whose time counts for a stage."""

        @wraps(work)
        def clocked(*args: Any, **kwargs: Any) -> Any:
            started = time.process_time()
            self._within.append(0.0)
            try:
                return work(*args, **kwargs)
            finally:
                taken = time.process_time() - started
                self.seconds[stage] = self.seconds.get(stage, 0.0) + taken - self._within.pop()
                if self._within:
                    self._within[-1] += taken

        return clocked


def attach(watch: Stopwatch, protocol: str) -> None:
    """Clock every stage of a protocol in this process."""
    network_by: Callable[..., Network] = loading.network_by
    loading.network_by = lambda *args: watch.timed(NETWORKS, network_by(*args))  # type: ignore[assignment]
    for name, stage in FILM_STAGES.items():
        setattr(film_module, name, watch.timed(stage, getattr(film_module, name)))
    view_gate.view_of_film = watch.timed("view", view_gate.view_of_film)
    Protocol.qualities = watch.timed("qualities", Protocol.qualities)  # type: ignore[method-assign]
    module, _, name = PROTOCOLS[protocol].steps.partition(":")
    place = import_module(module)
    steps = getattr(place, name)
    clocked = {step: watch.timed(stage, getattr(steps, step)) for step, stage in STEP_STAGES.items()}
    setattr(place, name, replace(steps, **clocked))


def stages_of(watch: Stopwatch, protocol: str, films: list[Path]) -> list[dict[str, float]]:
    """The milliseconds of each stage of each film, with ``watch`` attached. Raises RuntimeError for an accident."""
    found = []
    for path in films:
        watch.seconds.clear()
        task = FilmTask(FilmFile(path.name, path), FilmOptions(protocol), "")
        result = watch.timed("other", measure)(task)
        if result is None or not result.judged:
            raise RuntimeError(f"{path} was not measured")
        found.append({stage: 1000 * watch.seconds.get(stage, 0.0) for stage in STAGES})
    return found


def resident_mb() -> float:
    """The megabytes that this process holds now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


def main() -> None:
    """Measure the films that are named on the command line."""
    protocol, films = sys.argv[1], [Path(path) for path in sys.argv[2:]]
    watch = Stopwatch()
    attach(watch, protocol)
    found = stages_of(watch, protocol, films)[min(1, len(films) - 1) :]
    facts = {stage: median(each[stage] for each in found) for stage in STAGES}
    facts["all"] = median(sum(each.values()) for each in found)
    facts["resident_mb"] = resident_mb()
    sys.stdout.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()
