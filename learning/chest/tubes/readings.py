"""What is known of the tubes on real films: by masks, by readings by eye (not by clinicians), or by the set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from radcaliper.learning.chest.tubes.marked_leads import marked_leads
from radcaliper.learning.datasets.chest import read_manifest
from radcaliper.learning.datasets.split import fold_of
from radcaliper.measurements.types import Point
from radcaliper.models.tubes.channels import REPORTED, TUBES

_COLUMNS: Final = {"ett": "ett", "ngt": "ngt", "cvc": "cvc", "pacemaker_lead": "pacemaker"}
"""The column of the readings for each structure. A tracheostomy is named among the other things seen."""
_TRACHEOSTOMY: Final = re.compile(r"tracheostomy.*?(\d+),(\d+)")
_WITHOUT_TUBES: Final = frozenset({"jsrt", "wingspan"})
"""Sets of patients who are not in intensive care: their films have no tube."""
_SAME_PATIENT: Final = {"figure1_092": "figure1_088", "figure1_107": "00000005"}
"""Near-copies among the films without a manifest."""
_COPIES: Final = {"covid_p192": "covid_p196"}
"""A group of the manifest whose films are copies of another's."""


@dataclass(frozen=True)
class Reading:
    """What one reading says of one structure: ``yes``, ``no``, ``unsure`` or nothing, and its tip if marked."""

    answer: str
    tip: Point | None = None
    confidence: str = ""


@dataclass(frozen=True)
class TubeFilm:
    """One real film: ``name`` is its path below the data folder, ``readings`` are by structure, one or two each.

    ``masks`` are the files of labelled tubes by structure. ``without`` are structures that the film's set never has.
    """

    name: str
    dataset: str
    patient: str
    readings: Mapping[str, tuple[Reading, ...]]
    masks: Mapping[str, Path]
    without: frozenset[str]

    @property
    def fold(self) -> int:
        """The fold of the film's patient."""
        return fold_of(self.patient)

    def present(self, kind: str) -> bool | None:
        """Whether a structure is there: as all readings say that there are, else by masks or set; None if not known."""
        answers = {reading.answer for reading in self.readings.get(kind, ())} - {""}
        if kind in self.masks or answers == {"yes"}:
            return True
        if answers:
            return False if answers == {"no"} else None
        return False if kind in self.without else None

    def absent_in_both(self, kind: str) -> bool:
        """Whether two readings say that a structure is not there, and no mask shows it."""
        answers = [reading.answer for reading in self.readings.get(kind, ())]
        return answers == ["no", "no"] and kind not in self.masks

    def tip(self, kind: str) -> Point | None:
        """The mean of the tips marked, without poor ones where there are better; None where none is."""
        marked = [reading for reading in self.readings.get(kind, ()) if reading.tip is not None]
        better = [reading for reading in marked if reading.confidence != "poor"] or marked
        tips = [reading.tip for reading in better if reading.tip is not None]
        if not tips:
            return None
        return Point(sum(tip.row for tip in tips) / len(tips), sum(tip.col for tip in tips) / len(tips))


def _point(row: Mapping[str, Any], kind: str, reader: str) -> Point | None:
    place = row[f"{kind}_tip_row_{reader}"], row[f"{kind}_tip_col_{reader}"]
    return Point(float(place[0]), float(place[1])) if place[0] and place[1] else None


def _reading(row: Mapping[str, Any], kind: str, reader: str) -> Reading:
    if kind == "tracheostomy":
        seen = _TRACHEOSTOMY.search(str(row[f"other_{reader}"]))
        if seen is not None:
            return Reading("yes", Point(float(seen[1]), float(seen[2])))
        return Reading("no" if row[f"ett_{reader}"] else "")
    answer = str(row[f"{_COLUMNS[kind]}_{reader}"])
    if kind not in TUBES:
        return Reading(answer)
    return Reading(answer, _point(row, kind, reader), str(row[f"{kind}_conf_{reader}"]))


def _readings(row: Mapping[str, Any]) -> dict[str, tuple[Reading, ...]]:
    return {kind: tuple(_reading(row, kind, reader) for reader in ("a", "b")) for kind in REPORTED}


def _lead_readings(name: str) -> dict[str, tuple[Reading, ...]]:
    """The single reading of a film whose leads were marked."""
    leads = marked_leads().get(name)
    return {} if leads is None else {"pacemaker_lead": (Reading("yes"),), "cvc": (Reading(leads.cvc),)}


def _masks(path: Path) -> dict[str, Path]:
    files = {kind: path.parent.parent / "masks" / kind / f"{path.stem}.png" for kind in TUBES}
    return {kind: file for kind, file in files.items() if file.exists()}


def _without(dataset: str) -> frozenset[str]:
    if dataset in _WITHOUT_TUBES:
        return frozenset(REPORTED)
    return frozenset(TUBES) if dataset == "covid100" else frozenset()


def _patient(name: str) -> str:
    """The patient of a film that is not in the manifest."""
    stem = Path(name).stem
    return _SAME_PATIENT.get(stem, stem[:8] if "nih14" in name else stem)


def tube_films(data: Path) -> Iterator[TubeFilm]:
    """Every film of the chest manifest, of the unlabelled ones and of the PICC set, with what is known of its tubes."""
    manifest = read_manifest(data)
    patients = dict(zip(manifest.image, manifest.patient_group, strict=True))
    table = pd.read_csv(data / "chest" / "tubes" / "tubes.csv", keep_default_na=False, dtype=str)
    rows = {str(row["image"]): row for row in table.to_dict("records")}
    chest = data / "chest"
    others = [*sorted(chest.glob("unlabelled/*/*.jpg")), *sorted(chest.glob("picc/images/*.jpg"))]
    for name in [*map(str, manifest.image), *(path.relative_to(data).as_posix() for path in others)]:
        dataset = name.split("/")[1]
        readings = _readings(rows[name]) if name in rows else _lead_readings(name)
        patient = str(patients.get(name, _patient(name)))
        yield TubeFilm(name, dataset, _COPIES.get(patient, patient), readings, _masks(data / name), _without(dataset))
