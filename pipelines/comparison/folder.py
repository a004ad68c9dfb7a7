"""The films of a results folder compared by patient and date, with what reviewers corrected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from radcaliper.measurements.types import Key, MeasuredValue, Measurement, Unit
from radcaliper.pipelines.comparison.compare import compare_measurements
from radcaliper.pipelines.comparison.table import visit_rows
from radcaliper.pipelines.comparison.visits import BadVisits, Visit, by_patient, compared_pairs
from radcaliper.pipelines.protocols.registry import EVERY_PROTOCOL
from radcaliper.pipelines.results.records import Record, measurement_of
from radcaliper.pipelines.results.rows import Row
from radcaliper.pipelines.results.stored import StoredResult, open_results
from radcaliper.pipelines.review.measurements import reviewed_measurement

Films = Mapping[str, tuple[Measurement, ...]]
"""The measurements of films by image."""


@dataclass(frozen=True)
class PatientFilms:
    """One patient's films from the earliest to the latest, with their numbers as they stand after review."""

    patient: str
    visits: tuple[Visit, ...]
    measurements: Films

    def rows(self) -> list[Row]:
        """The changes as rows of changes.csv: from each film to the next, and from the first to the last."""
        found: list[Row] = []
        for earlier, later in compared_pairs(self.visits):
            changes = compare_measurements(self.measurements[earlier.image], self.measurements[later.image])
            found += visit_rows(earlier, later, changes)
        return found


def as_signed(row: Record, automatic: Measurement) -> Measurement:
    """A measurement with the corrected value where a reviewer signed one, its interval as wide as before."""
    corrected = row["corrected_value"]
    if corrected is None:
        return automatic
    details = dict(automatic.details)
    details |= {end: details[f"corrected_{end}"] for end in ("upper", "lower") if f"corrected_{end}" in details}
    key = Key(automatic.name, automatic.site, automatic.method)
    unit = Unit(row["unit"])
    value = MeasuredValue(automatic.spec, corrected, unit, automatic.points, key.site, key.method, details)
    return reviewed_measurement(automatic.spec, key, value, automatic, "").now


def _numbers(film: StoredResult) -> tuple[Measurement, ...]:
    """A film's measurements as they stand after review; none of a film that was not measured."""
    specs = EVERY_PROTOCOL[str(film.row["protocol"])] if film.measurements else None
    return tuple(
        as_signed(row, measurement_of(row, specs.measurement(str(row["measurement"]))))
        for row in film.measurements
        if specs is not None
    )


def patients_of(out: Path, visits: Iterable[Visit]) -> tuple[PatientFilms, ...]:
    """Read the films of each patient that has several from a results folder.

    Parameters
    ----------
    out : Path
        A results folder.
    visits : Iterable[Visit]
        The films with patient and date.

    Returns
    -------
    tuple[PatientFilms, ...]
        By patient, those with two films and more.

    Raises
    ------
    BadVisits
        Where a film that is named is not in the folder.
    """
    listed = tuple(visits)
    images = {visit.image for visit in listed}
    with open_results(out) as results:
        films = {film.image: _numbers(film) for film in results.films() if film.image in images}
    if strange := next((visit.image for visit in listed if visit.image not in films), None):
        raise BadVisits(f"{strange} is not among the results in {out}: image is spelled as in images.csv")
    return tuple(
        PatientFilms(patient, of_patient, {visit.image: films[visit.image] for visit in of_patient})
        for patient, of_patient in by_patient(listed).items()
        if len(of_patient) > 1
    )
