"""``radcaliper calibrate``: from labelled films of the user's own to a settings file that ``measure --settings`` takes.

Shipped curves and widths keep their shape: the bound of a mask's quality is fitted anew over the predicted loss, and
an interval is made wider or narrower by one factor, the conformal quantile of the errors over its half width.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pandas as pd

from radcaliper.learning.conformal import describe_coverage, quantile, within_intervals
from radcaliper.learning.datasets.own_films import NoFilms
from radcaliper.learning.dice_bound import bound_over
from radcaliper.learning.own.evaluate import judge_folder
from radcaliper.learning.own.judging import JudgedTables, Question
from radcaliper.measurements.own import own_structure
from radcaliper.models.registry import BUNDLES
from radcaliper.pipelines.protocols.registry import EVERY_PROTOCOL
from radcaliper.qc.calibration import Calibration
from radcaliper.qc.intervals import Width, calibrated_widths
from radcaliper.qc.mask_quality import shipped_fits
from radcaliper.qc.quality_fit import QualityFit

_FEWEST: Final = 20
"""Films from which something is calibrated: a quantile of nine in ten exists from nine on, and is steadier later."""


def _shipped(question: Question) -> Calibration:
    """What the films were measured by."""
    calibration = Calibration(shipped_fits(), calibrated_widths())
    for bundle in question.bundles:
        calibration = calibration.updated(bundle.calibration)
    return calibration.updated(question.rules.calibration)


def _fit_name(structure: str) -> str:
    """The name of the fit that a structure's quality comes from."""
    specs = (spec for each in EVERY_PROTOCOL.values() for spec in each.structures if spec.matches(structure))
    return next(specs, own_structure(structure, "")).quality_fit


def _qualities(tables: JudgedTables, shipped: Calibration) -> Iterator[tuple[str, QualityFit, str]]:
    known = tables.masks.dropna(subset=["quality"]) if len(tables.masks) else tables.masks
    if not len(known):
        return
    for name, own in known.assign(fit=known.structure.map(_fit_name)).groupby("fit"):
        if len(own) < _FEWEST:
            continue
        fit, loss = shipped.qualities[str(name)], (1 - own.dice).to_numpy(float)
        bound = bound_over((1 - own.quality).to_numpy(float), loss)
        before = describe_coverage(own.dice >= own.lower)
        yield str(name), QualityFit(fit.curves, fit.constant, bound), f"bound of quality; with what ships: {before}"


def _scores(own: pd.DataFrame) -> pd.DataFrame:
    """Each error in half widths of the interval that the number had."""
    half = (own.upper - own.value).clip(lower=1e-9)
    return pd.DataFrame({"patient": own.patient, "score": own.error.abs() / half})


def _widths(tables: JudgedTables, shipped: Calibration) -> Iterator[tuple[str, Width, str]]:
    if not len(tables.numbers):
        return
    known = tables.numbers.dropna(subset=["value", "lower", "upper"])
    for key, own in known.groupby("key"):
        if len(own) < _FEWEST or key not in shipped.widths:
            continue
        scores, width = _scores(own), shipped.widths[str(key)]
        factor = quantile(scores.score)
        after = describe_coverage(within_intervals(scores, scores))
        words = f"interval x {factor:.2f}; before {own.covered.mean():.3f}; now, judged without the patient: {after}"
        yield str(key), Width(*(round(factor * each, 6) for each in asdict(width).values())), words


def _lines(name: str, table: dict[str, Any]) -> Iterator[str]:
    """A table of TOML: numbers, lists of numbers, and tables of these."""
    yield f"[{name}]"
    inner = {key: value for key, value in table.items() if isinstance(value, dict)}
    yield from (f"{json.dumps(key)} = {json.dumps(value)}" for key, value in table.items() if key not in inner)
    for key, value in inner.items():
        yield from _lines(f"{name}.{json.dumps(key)}", value)


def settings_text(calibration: Calibration, models: Iterable[str], films: int, told: Iterable[str]) -> str:
    """The settings file, with what is known of its films in its first lines."""
    head = [
        f"# Made by radcaliper calibrate ({version('radcaliper')}, {date.today().isoformat()}) from {films} films.",
        *(f"# {line}" for line in told),
        "",
    ]
    table = {"models": sorted(models), **calibration.as_table()}
    return "\n".join([*head, *_lines("calibration", table)]) + "\n"


def calibrate_own(data: Path, output: Path, question: Question, tell: Callable[[str], None]) -> None:
    """Calibrate by the films of DATA and write the settings file. Raises NoFilms, BrokenBundle."""
    evaluated = judge_folder(data, question)
    for problem in evaluated.folder.problems:
        tell(problem)
    shipped = _shipped(question)
    qualities, widths = list(_qualities(evaluated.tables, shipped)), list(_widths(evaluated.tables, shipped))
    if not qualities and not widths:
        raise NoFilms(f"{data}: nothing is known of {_FEWEST} films or more, which is the fewest to calibrate by")
    calibration = Calibration({name: fit for name, fit, _ in qualities}, {name: width for name, width, _ in widths})
    told = [f"{name}: {words}" for name, _, words in [*qualities, *widths]]
    identities = {bundle.identity for bundle in BUNDLES.values()}
    models = {word for film in evaluated.films for word in film.model.split()} & identities
    output.write_text(settings_text(calibration, models, len(evaluated.films), told), encoding="utf-8")
    for line in told:
        tell(line)
