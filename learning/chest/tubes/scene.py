"""Random tubes on one film, and other lines and spots that are no tubes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from radcaliper.learning.chest.tubes.anatomy import Anatomy, column_at
from radcaliper.learning.chest.tubes.courses import (
    endotracheal_course,
    gastric_course,
    pacemaker_courses,
    random_course,
    skin_wire_course,
    tracheostomy_course,
    venous_course,
)
from radcaliper.learning.chest.tubes.lines import DrawnLine, DrawnSpot, smooth_path
from radcaliper.measurements.tubes.course import CoursePath, length_ahead
from radcaliper.models.tubes.channels import REPORTED

_COURSES: Final[dict[str, Callable[[Anatomy, Generator], CoursePath]]] = {
    "ett": endotracheal_course,
    "ngt": gastric_course,
    "cvc": venous_course,
    "tracheostomy": tracheostomy_course,
}
_CHANCES: Final = {"ett": 0.42, "ngt": 0.42, "cvc": 0.5, "tracheostomy": 0.12}
_PACEMAKER: Final = 0.15
_NO_TUBE: Final = 0.25
_SECOND_CATHETER: Final = 0.15
_NEAR_TUBES: Final = 0.4
"""Share of wires and tubing on the skin that run near where tubes do."""


@dataclass(frozen=True)
class Scene:
    """Lines and spots over one film, and the sigma of their softness in pixels."""

    lines: tuple[DrawnLine, ...]
    spots: tuple[DrawnSpot, ...]
    blur: float

    def of(self, kind: str) -> tuple[DrawnLine, ...]:
        """The lines of one kind."""
        return tuple(line for line in self.lines if line.kind == kind)


def _strength(rng: Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _holes(rng: Generator, mm: float) -> tuple[tuple[float, float], ...]:
    first = rng.uniform(8, 60) * mm
    return tuple((first + k * 14 * mm, first + k * 14 * mm + rng.uniform(2, 5) * mm) for k in range(rng.integers(0, 4)))


def _endotracheal(path: CoursePath, mm: float, rng: Generator) -> list[DrawnLine]:
    """As on real films: mostly one bright stripe that ends before the tip, between walls that are faint."""
    radius = rng.uniform(4.3, 6.2) * mm
    walls = _strength(rng, 0.006, 0.10)
    side = float(np.clip(rng.choice([-0.7, 0.0, 0.7]) + rng.normal(0, 0.15), -0.9, 0.9))
    striped = _strength(rng, 0.03, 0.22) / walls if rng.random() < 0.9 else 0.0
    stripe_end = ((0.0, rng.uniform(0, 12) * mm),)
    lumen = radius * rng.uniform(0.68, 0.85)
    tube = DrawnLine("ett", path, radius, lumen, walls if striped else walls + 0.025, side, striped, stripe_end)
    lengths = np.linalg.norm(np.diff(path, axis=0), axis=1)[::-1].cumsum()[::-1]
    cuffed = path[:-1][(lengths > 18 * mm) & (lengths < 48 * mm)]
    if rng.random() < 0.6 or len(cuffed) < 10:
        return [tube]
    wide = rng.uniform(7, 10) * mm
    return [tube, DrawnLine("", cuffed, wide, wide * 0.94, rng.uniform(0.005, 0.04))]


def _tracheostomy(path: CoursePath, mm: float, rng: Generator) -> list[DrawnLine]:
    """A short wide tube whose walls show, with its neck plate and the connector about its upper end."""
    radius, strength = rng.uniform(4.5, 7) * mm, _strength(rng, 0.03, 0.2)
    striped = _strength(rng, 0.5, 3.0) if rng.random() < 0.3 else 0.0
    tube = DrawnLine("tracheostomy", path, radius, radius * rng.uniform(0.6, 0.85), strength, 0.0, striped)
    top, reach = path[0], rng.uniform(18, 34)
    plate = top + np.stack([rng.normal(0, 3, 3), [-reach, 0, reach]], axis=1) * mm
    wings = DrawnLine("", smooth_path(plate), rng.uniform(3, 8) * mm, 0.0, strength * rng.uniform(0.1, 0.5))
    cap = smooth_path([top - np.array([rng.uniform(4, 16), rng.normal(0, 3)]) * mm, top])
    connector = DrawnLine("", cap, rng.uniform(7, 9) * mm, 6.0 * mm, strength * rng.uniform(0.5, 1.5))
    return [tube, *(each for each in (wings, connector) if rng.random() < 0.7)]


def _gastric(path: CoursePath, mm: float, rng: Generator) -> list[DrawnLine]:
    radius = rng.uniform(1.3, 3.2) * mm
    striped = _strength(rng, 0.6, 3.0) if rng.random() < 0.8 else 0.0
    weight = rng.uniform(10, 30) * mm if rng.random() < 0.15 else 0.0
    hollow = radius * rng.uniform(0.5, 0.85)
    side = float(rng.uniform(-0.8, 0.8))
    return [DrawnLine("ngt", path, radius, hollow, _strength(rng, 0.03, 0.18), side, striped, _holes(rng, mm), weight)]


def _catheter(path: CoursePath, mm: float, rng: Generator) -> list[DrawnLine]:
    radius = rng.uniform(0.8, 1.6) * mm if rng.random() < 0.85 else rng.uniform(1.8, 2.6) * mm
    return [DrawnLine("cvc", path, radius, radius * rng.uniform(0.2, 0.7), _strength(rng, 0.035, 0.25))]


_LINES: Final[dict[str, Callable[[CoursePath, float, Generator], list[DrawnLine]]]] = {
    "ett": _endotracheal,
    "ngt": _gastric,
    "cvc": _catheter,
    "tracheostomy": _tracheostomy,
}


def _on_the_skin(anatomy: Anatomy, shape: tuple[int, int], rng: Generator) -> CoursePath:
    return skin_wire_course(anatomy, rng) if rng.random() < _NEAR_TUBES else random_course(shape, rng)


def _wires(anatomy: Anatomy, shape: tuple[int, int], rng: Generator) -> tuple[list[DrawnLine], list[DrawnSpot]]:
    """Electrodes and their wires."""
    lines, spots, mm = [], [], anatomy.mm
    for _ in range(rng.integers(0, 5)):
        path, radius = _on_the_skin(anatomy, shape, rng), rng.uniform(0.5, 1.3) * mm
        strength = _strength(rng, 0.05, 0.4)
        lines.append(DrawnLine("other", path, radius, 0.0, strength, ends=False))
        if rng.random() < 0.8:
            disc = rng.uniform(3, 8) * mm
            hole = disc * rng.uniform(0.3, 0.8) if rng.random() < 0.4 else 0.0
            spots.append(DrawnSpot(path[-1], disc, hole, strength * rng.uniform(0.5, 1.5)))
    return lines, spots


def _tubing(anatomy: Anatomy, shape: tuple[int, int], rng: Generator) -> list[DrawnLine]:
    """Oxygen and ventilator tubing on the skin, chest drains."""
    made, mm = [], anatomy.mm
    for _ in range(rng.integers(0, 3)):
        radius = rng.uniform(1.5, 5.5) * mm
        striped = _strength(rng, 0.5, 3) if rng.random() < 0.4 else 0.0
        strength = _strength(rng, 0.03, 0.2)
        path, lumen = _on_the_skin(anatomy, shape, rng), radius * rng.uniform(0.6, 0.9)
        made.append(DrawnLine("other", path, radius, lumen, strength, 0.0, striped))
    return made


def _lead(path: CoursePath, mm: float, strength: float, rng: Generator) -> list[DrawnLine]:
    """A lead with its ring before the tip, and the thick coils of a defibrillator at times."""
    radius = rng.uniform(0.6, 1.4) * mm
    made = [DrawnLine("pacemaker_lead", path, radius, 0.0, strength, solid=rng.uniform(2, 6) * mm)]
    ahead = length_ahead(path)
    if rng.random() < 0.35:
        for begin in (rng.uniform(15, 30), rng.uniform(120, 160)):
            coil = path[(ahead > begin * mm) & (ahead < (begin + rng.uniform(35, 65)) * mm)]
            if len(coil) > 10:
                made.append(DrawnLine("pacemaker_lead", coil, rng.uniform(1.5, 2.4) * mm, 0.0, strength))
    return made


def _pacemaker(anatomy: Anatomy, rng: Generator) -> tuple[list[DrawnLine], list[DrawnSpot]]:
    """A generator below a clavicle, the leads coiled behind it at times, and one to three leads to the heart."""
    mm, strength = anatomy.mm, _strength(rng, 0.08, 0.7)
    side = str(rng.choice(["left", "left", "right"]))
    box = anatomy[f"{side}_shoulder"][0] + np.array([rng.uniform(20, 55), rng.normal(0, 12)]) * mm
    lines = list[DrawnLine]()
    for course in pacemaker_courses(anatomy, side, box, rng):
        lines += _lead(course, mm, strength * rng.uniform(0.7, 1.3), rng)
    if rng.random() < 0.5:
        angles = np.linspace(0, rng.uniform(1, 2) * 2 * np.pi, 14)
        loop = box + rng.uniform(14, 26) * mm * np.stack([np.sin(angles), np.cos(angles)], axis=1)
        lines.append(DrawnLine("pacemaker_lead", smooth_path(loop), rng.uniform(0.6, 1.2) * mm, 0.0, strength))
    return lines, [DrawnSpot(box, rng.uniform(16, 28) * mm, 0.0, strength)]


def _sternal_wires(anatomy: Anatomy, rng: Generator) -> list[DrawnLine]:
    """Small twisted loops of wire, one below the other down the breastbone."""
    mm, carina, strength = anatomy.mm, anatomy["trachea"][-1], _strength(rng, 0.1, 0.5)
    made = []
    for number in range(rng.integers(4, 8)):
        row = carina[0] + (-45 + 24 * number + rng.normal(0, 3)) * mm
        middle = np.array([row, column_at(anatomy["spine"], row) + rng.normal(0, 4) * mm])
        angles = np.linspace(0, 2 * np.pi, 12) + rng.uniform(0, 6)
        sizes = np.array([rng.uniform(2, 9), rng.uniform(6, 13)]) * mm
        loop = middle + sizes * np.stack([np.sin(angles), np.cos(angles)], axis=1) + rng.normal(0, 0.8, (12, 2)) * mm
        made.append(DrawnLine("", smooth_path(loop), rng.uniform(0.35, 0.7) * mm, 0.0, strength))
    return made


def _clips(shape: tuple[int, int], mm: float, rng: Generator) -> list[DrawnLine]:
    made = []
    for _ in range(rng.integers(1, 6)):
        place, turn = rng.random(2) * shape, rng.uniform(0, np.pi)
        ends = np.array([np.cos(turn), np.sin(turn)]) * rng.uniform(2, 8) * mm
        path = smooth_path([place - ends, place + rng.normal(0, 1, 2) * mm, place + ends])
        made.append(DrawnLine("", path, rng.uniform(0.4, 1) * mm, 0.0, _strength(rng, 0.1, 0.6)))
    return made


def _distractors(anatomy: Anatomy, shape: tuple[int, int], rng: Generator) -> tuple[list[DrawnLine], list[DrawnSpot]]:
    lines, spots = _wires(anatomy, shape, rng) if rng.random() < 0.6 else ([], [])
    if rng.random() < 0.35:
        lines += _tubing(anatomy, shape, rng)
    if rng.random() < 0.15:
        lines += _clips(shape, anatomy.mm, rng)
    if rng.random() < 0.12:
        lines += _sternal_wires(anatomy, rng)
    return lines, spots


def random_scene(
    anatomy: Anatomy, shape: tuple[int, int], rng: Generator, allowed: Collection[str] = REPORTED
) -> Scene:
    """Tubes of the kinds ``allowed`` through ``anatomy``, and other lines, over a film of ``shape`` in that frame."""
    lines, spots = _distractors(anatomy, shape, rng)
    if "pacemaker_lead" in allowed and rng.random() < _PACEMAKER:
        leads, boxes = _pacemaker(anatomy, rng)
        lines, spots = lines + leads, spots + boxes
    if rng.random() > _NO_TUBE:
        kinds = [kind for kind, chance in _CHANCES.items() if rng.random() < chance]
        kinds += ["cvc"] if rng.random() < _SECOND_CATHETER else []
        if "tracheostomy" in kinds and "ett" in kinds:
            kinds.remove("ett")
        for kind in (kind for kind in kinds if kind in allowed):
            lines += _LINES[kind](_COURSES[kind](anatomy, rng), anatomy.mm, rng)
    return Scene(tuple(lines), tuple(spots), float(rng.uniform(0.25, 0.8)))
