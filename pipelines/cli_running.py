"""A measuring run as the command line tells of it: a bar, a log, its last lines, its exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from radcaliper.models.inference.computing import Computing, resolved
from radcaliper.pipelines.cli_words import STOPPED, say, stop

if TYPE_CHECKING:
    from radcaliper.pipelines.running.batch import BatchOptions, Outcome
    from radcaliper.pipelines.running.discover import FilmFile
    from radcaliper.pipelines.running.keeping import FilmDone
    from radcaliper.pipelines.running.pseudonyms import Pseudonyms
    from radcaliper.pipelines.running.threads import Measurer


@contextmanager
def _watching(total: int) -> Iterator[Callable[[FilmDone], None]]:
    """A bar on a terminal, a line a minute elsewhere."""
    from radcaliper.pipelines.running.progress import EveryMinute, Progress, counts_in_words

    progress = Progress(total)
    if not sys.stderr.isatty():
        yield EveryMinute(progress, say)
        return
    from rich import progress as rich
    from rich.console import Console

    columns = (rich.BarColumn(), rich.MofNCompleteColumn(), rich.TextColumn("{task.description}"))
    bar = rich.Progress(*columns, console=Console(stderr=True))
    task = bar.add_task("", total=total)

    def advance(done: FilmDone) -> None:
        progress.advance(done)
        words = "; ".join(filter(None, (progress.speed_in_words(), counts_in_words(progress.counts))))
        with suppress(OSError):
            bar.update(task, advance=1, description=words)

    with suppress(OSError):  # as in say
        bar.start()
    try:
        yield advance
    finally:
        with suppress(OSError):
            bar.stop()


@contextmanager
def logging(file: Path | None, verbose: bool) -> Iterator[None]:
    """Within, what happens is logged to a file, and told. Raises typer.Exit where the file cannot be written."""
    from radcaliper.pipelines.running.logs import logging_to

    with ExitStack() as stack:
        try:
            stack.enter_context(logging_to(say, file, verbose))
        except OSError as error:
            raise stop(f"{file} cannot be written: {error.strerror}") from error
        yield


@contextmanager
def worker_processes_of(
    workers: int, films: int, scheduler: str | None, computing: Computing
) -> Iterator[tuple[Measurer, ...]]:
    """Within, processes beside this one, so that ``workers`` films are measured at a time; they start while it imports.

    None where a Dask scheduler has workers, or a graphics processor is shared by threads. Raises typer.Exit.
    """
    from radcaliper.pipelines.running.faults import RunStopped
    from radcaliper.pipelines.running.worker_processes import worker_processes

    apart = scheduler is None and resolved(computing).device == "cpu"
    with ExitStack() as stack:
        try:
            started = stack.enter_context(worker_processes(min(workers, films) - 1 if apart else 0))
        except RunStopped as error:
            raise stop(str(error), STOPPED) from error
        yield started


def _names(images: Sequence[str]) -> str:
    """The first few names, in words."""
    return ", ".join(images[:5]) + (f" and {len(images) - 5} more" if len(images) > 5 else "")


def _tell(outcome: Outcome, out: Path) -> None:
    """How a run went, in a few lines."""
    from radcaliper.pipelines.running.progress import counts_in_words

    if outcome.replaced:
        say(f"measured anew, as another file than before has the name: {_names(outcome.replaced)}")
    if outcome.stale:
        words = "signed on another file, unit or spacing, kept as stale_correction"
        say(f"{words}: {_names(outcome.stale)}")
    if outcome.missing:
        say(f"{outcome.missing} films of earlier runs are gone: their results stay, marked source_missing")
    if outcome.pruned:
        say(f"{outcome.pruned} films of earlier runs are gone: removed from the results")
    if outcome.accidents:
        words = "films met an error in radcaliper itself: the next run tries again, --log FILE says where"
        say(f"{outcome.accidents} {words}")
    if outcome.reasons:
        say("commonest reasons: " + ", ".join(f"{code} ({count})" for code, count in outcome.reasons))
    if outcome.first:
        say(f"look first at: {', '.join(outcome.first)}")
    say(counts_in_words(outcome.counts))
    say(f"results: {out / 'images.csv'} and {out / 'report.html'}")


def measure_and_tell(
    films: Sequence[FilmFile],
    out: Path,
    options: BatchOptions,
    pseudonyms: Pseudonyms | None,
    processes: Sequence[Measurer],
) -> int:
    """Measure, tell how it went, and return the exit status."""
    from radcaliper.pipelines.results.schema import NewerResults, NotOurs
    from radcaliper.pipelines.running.batch import Watch, measure_films
    from radcaliper.pipelines.running.faults import Interrupted, RunStopped
    from radcaliper.pipelines.running.naming import OtherNames
    from radcaliper.pipelines.running.stop_signals import stopping_by_signal

    try:
        with stopping_by_signal() as stopping, _watching(len(films)) as advance:
            outcome = measure_films(films, out, options, Watch(advance, stopping, processes), pseudonyms)
    except (Interrupted, KeyboardInterrupt):
        say(f"interrupted: what was measured is in {out}; the same command goes on from there")
        return STOPPED
    except RunStopped as error:
        say(f"radcaliper: stopped: {error}; what was measured is kept, and the same command goes on from there")
        return STOPPED
    except (NewerResults, NotOurs, OtherNames) as error:
        raise stop(f"{out}: {error}") from error
    _tell(outcome, out)
    return 1 if outcome.counts["failed"] else 0
