"""One film as a worker is given it, and what the worker does, in this process or on another machine."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import cv2

from radcaliper.models.inference.computing import DEFAULT, CannotCompute, Computing, chosen_computing, computing_by
from radcaliper.models.registry import BUNDLES
from radcaliper.pipelines.reading import UnreadableFilm
from radcaliper.pipelines.reading.archives import as_file
from radcaliper.pipelines.running.discover import FilmFile
from radcaliper.pipelines.running.faults import RunStopped
from radcaliper.pipelines.running.film import FilmOptions, FilmResult, failure, file_hash, process_film


@dataclass(frozen=True)
class FilmTask:
    """A film to measure: ``key`` is its run's ``options_key``, ``known`` its fingerprint of an earlier run, if any.

    ``computing`` is how networks are computed, with ``auto`` for what the worker has.
    """

    film: FilmFile
    options: FilmOptions
    key: str
    known: str = ""
    stamp: str = ""
    """Size and time of its file before it was read."""
    computing: Computing = DEFAULT

    @property
    def elsewhere(self) -> FilmTask:
        """The same with its path from the root: a worker may run in another folder."""
        return replace(self, film=replace(self.film, path=self.film.path.absolute()))


def options_key(options: FilmOptions) -> str:
    """A hash of all that a film's results follow from besides its content: version, options, weights."""
    weights = sorted(bundle.identity for bundle in BUNDLES.values())
    facts = json.dumps([version("radcaliper"), asdict(options), weights], default=str, sort_keys=True)
    return sha256(facts.encode()).hexdigest()[:16]


def fingerprint(content: str, key: str) -> str:
    """What a film's results follow from: its content's hash, and ``options_key``."""
    return f"{content} {key}"


def _one_thread_each() -> None:
    """This worker computes alone: quicker over many films, and a film's numbers do not depend on the others."""
    cv2.setNumThreads(1)
    if chosen_computing().engine == "torch":
        import torch

        torch.set_num_threads(1)


def _computed(film: FilmFile, content: str, task: FilmTask) -> FilmResult:
    try:
        with computing_by(task.computing):
            _one_thread_each()
            return process_film(film, content, task.options)
    except CannotCompute as error:
        raise RunStopped(str(error)) from error


def _with_patient(result: FilmResult, file: Path) -> FilmResult:
    from radcaliper.pipelines.reading.patient import patient_of  # it imports pydicom, which not every film needs

    return replace(result, patient=patient_of(file))


def measure(task: FilmTask) -> FilmResult | None:
    """Measure a film unless its fingerprint of an earlier run still holds; None if it does. Raises RunStopped."""
    try:
        with as_file(task.film.path) as file:
            content = file_hash(file)
            if fingerprint(content, task.key) == task.known:
                return None
            result = _computed(replace(task.film, path=file), content, task)
            return _with_patient(result, file) if task.options.patients else result
    except (OSError, UnreadableFilm) as error:
        return replace(failure(task.film, error, ""), judged=False)
