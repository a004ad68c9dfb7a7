"""What radcaliper finds on films of the user's own, beside the truth: masks, or numbers, or both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from radcaliper.learning.datasets.own_films import LabelledOwnFilm, NoFilms, OwnFilm, OwnFolder, open_own_films
from radcaliper.measurements.catalog import with_sites
from radcaliper.measurements.own import own_area
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import Analysis, Masks, Measurement, NotMeasurable, Status
from radcaliper.models.inference.agreement import dice
from radcaliper.pipelines.protocols.measuring import measure_masks, on_masks
from radcaliper.pipelines.protocols.own.bundle import OwnBundle
from radcaliper.pipelines.protocols.own.measuring import analyse_with_own
from radcaliper.pipelines.protocols.registry import EVERY_PROTOCOL
from radcaliper.qc.status_rules import DEFAULT_RULES, StatusRules

TRUTH: Final = "truth.csv"
_COLUMNS: Final = ("image", "measurement", "value")


@dataclass(frozen=True)
class Question:
    """How films are measured to be judged: by which protocol (or ``auto``), bundles of the user's own, and rules."""

    protocol: str = "auto"
    bundles: tuple[OwnBundle, ...] = ()
    rules: StatusRules = DEFAULT_RULES


@dataclass(frozen=True)
class JudgedMask:
    """One mask of one film: its Dice with the true one, and what was predicted of it."""

    image: str
    patient: str
    structure: str
    dice: float
    quality: float | None
    lower: float | None


@dataclass(frozen=True)
class JudgedNumber:
    """One number of one film, and the true one; ``value`` is None where it was refused, for ``reasons``."""

    image: str
    patient: str
    measurement: str
    site: str
    key: str
    truth: float
    value: float | None
    lower: float | None
    upper: float | None
    unit: str
    reasons: str


@dataclass(frozen=True)
class JudgedFilm:
    """One film: its status, what is known of it, and all that was judged on it."""

    image: str
    patient: str
    status: str
    reasons: str
    protocol: str
    model: str
    facts: Mapping[str, str]
    masks: tuple[JudgedMask, ...]
    numbers: tuple[JudgedNumber, ...]


@dataclass(frozen=True)
class TrueNumbers:
    """The numbers of truth.csv, by film: (measurement, site) to the value."""

    of_film: Mapping[str, Mapping[tuple[str, str], float]] = field(default_factory=dict)

    def of(self, film: OwnFilm) -> Mapping[tuple[str, str], float]:
        """The numbers of a film, which the table may call by its place below DATA, below images/, or by its name."""
        names = (film.name, film.name.removeprefix("images/"), Path(film.name).name, Path(film.name).stem)
        return next((self.of_film[name] for name in names if name in self.of_film), {})


def read_true_numbers(data: Path) -> TrueNumbers:
    """The numbers of DATA/truth.csv: image, measurement, site (may be missing), value. Raises NoFilms."""
    path = data / TRUTH
    if not path.is_file():
        return TrueNumbers()
    try:
        table = pd.read_csv(path, keep_default_na=False, dtype=str)
    except (ValueError, OSError) as error:
        raise NoFilms(f"{path} is no readable table: {error}") from error
    if missing := [name for name in _COLUMNS if name not in table.columns]:
        raise NoFilms(f"{path}: expected columns image, measurement, site, value; missing: {', '.join(missing)}")
    known = {spec.name for protocol in EVERY_PROTOCOL.values() for spec in protocol.measurements}
    numbers: dict[str, dict[tuple[str, str], float]] = {}
    for line, row in enumerate(table.to_dict("records"), start=2):
        name = str(row["measurement"])
        if name not in known and not name.endswith("_area"):
            raise NoFilms(f"{path}, line {line}: {name!r} is no measurement; see docs/measurements.md")
        try:
            numbers.setdefault(str(row["image"]), {})[name, str(row.get("site", ""))] = float(str(row["value"]))
        except ValueError as error:
            raise NoFilms(f"{path}, line {line}: the value {row['value']!r} is no number") from error
    return TrueNumbers(numbers)


def _true_values(analysis: Analysis, masks: Masks) -> dict[tuple[str, str], float]:
    """By measurement and site, what the true masks of a film say, as far as they have the structures."""
    protocol = EVERY_PROTOCOL[analysis.protocol]
    own = [own_area(name, protocol.name) for name in masks if not any(s.matches(name) for s in protocol.structures)]
    specs: list[MeasurementSpec] = [*on_masks(protocol.measurements), *own]
    found = {}
    for spec, site in with_sites(specs):
        if not set(spec.measured_on(site)) <= masks.keys():
            continue
        try:
            found[spec.name, site] = measure_masks(spec, site, masks, analysis.radiograph.grid).value
        except NotMeasurable:  # the true masks do not show it: there is nothing to judge by
            continue
    return found


def _number(film: OwnFilm, measurement: Measurement, truth: float) -> JudgedNumber:
    return JudgedNumber(
        film.name,
        film.patient,
        measurement.name,
        measurement.site,
        measurement.spec.interval_key(measurement.site) or measurement.name,
        truth,
        measurement.value,
        measurement.lower,
        measurement.upper,
        "" if measurement.unit is None else measurement.unit.value,
        ";".join(measurement.reasons),
    )


def _numbers(film: OwnFilm, analysis: Analysis, truth: Mapping[tuple[str, str], float]) -> Iterator[JudgedNumber]:
    """Each number that has a truth, by the first of the methods that it is measured by."""
    seen: set[tuple[str, str]] = set()
    for measurement in analysis.measurements:
        place = measurement.name, measurement.site
        if place in truth and place not in seen:
            seen.add(place)
            yield _number(film, measurement, truth[place])


def _masks(film: OwnFilm, analysis: Analysis, truth: Masks) -> Iterator[JudgedMask]:
    found = {} if analysis.prediction is None else analysis.prediction.masks
    qualities = {each.structure: each for each in analysis.qualities}
    for name, mask in truth.items():
        if name in found and mask.any():
            quality = qualities.get(name)
            facts = (None, None) if quality is None else (quality.quality, quality.quality_lower)
            yield JudgedMask(film.name, film.patient, name, dice(found[name], mask), *facts)


def _upright(labelled: LabelledOwnFilm, analysis: Analysis) -> Masks:
    """The true masks on the film as it was measured: one that lay turned was put upright."""
    film, measured = labelled.film.on_file, analysis.radiograph.on_file
    if film == measured:
        return labelled.masks
    return {name: measured.mask_from_file(film.mask_to_file(mask)) for name, mask in labelled.masks.items()}


def judge_film(
    labelled: LabelledOwnFilm, truth: Mapping[tuple[str, str], float], question: Question
) -> tuple[JudgedFilm, Analysis, Masks]:
    """A film measured and judged, with its analysis and its true masks for a picture. Raises BrokenBundle."""
    film = labelled.source
    analysis = analyse_with_own(film.name, labelled.film, question.protocol, question.rules, question.bundles)
    masks: Masks = {}
    judged = JudgedFilm(
        film.name,
        film.patient,
        analysis.status.value,
        ";".join(analysis.reasons),
        analysis.protocol,
        analysis.model,
        film.facts,
        (),
        (),
    )
    if analysis.status is not Status.REFUSED:
        masks = _upright(labelled, analysis)
        truth = {**_true_values(analysis, masks), **truth}
        judged = replace(
            judged,
            masks=tuple(_masks(film, analysis, masks)),
            numbers=tuple(_numbers(film, analysis, truth)),
        )
    return judged, analysis, masks


def open_to_judge(data: Path) -> tuple[OwnFolder, TrueNumbers]:
    """The films of a folder with their masks, and the numbers of truth.csv. Raises NoFilms for another folder."""
    numbers = read_true_numbers(data)
    return open_own_films(data, needs_masks=not numbers.of_film), numbers


@dataclass(frozen=True, eq=False)
class JudgedTables:
    """All that was judged, as tables: ``films`` with what is known of them, ``masks``, ``numbers``."""

    films: pd.DataFrame
    masks: pd.DataFrame
    numbers: pd.DataFrame

    @classmethod
    def of(cls, films: list[JudgedFilm]) -> JudgedTables:
        """The tables of these films; ``numbers`` have the ``error``, and whether the interval has ``covered``."""
        rows = [
            {"image": f.image, "patient": f.patient, "status": f.status, "reasons": f.reasons, "protocol": f.protocol}
            | {key: f.facts[key] for key in ("view", "sex", "age") if f.facts.get(key)}
            for f in films
        ]
        masks = pd.DataFrame([asdict(mask) for film in films for mask in film.masks])
        numbers = pd.DataFrame([asdict(number) for film in films for number in film.numbers])
        if len(numbers):
            for name in ("value", "lower", "upper"):
                numbers[name] = numbers[name].astype(float)
            within = (numbers.lower <= numbers.truth) & (numbers.truth <= numbers.upper)
            covered = np.where(numbers.lower.notna(), within.astype(float), np.nan)
            numbers = numbers.assign(error=numbers.value - numbers.truth, covered=covered)
        if len(masks):
            masks = masks.astype({"quality": float, "lower": float})
        return cls(pd.DataFrame(rows), masks, numbers)
