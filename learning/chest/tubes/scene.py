"""Random tubes on one film, and other lines and spots that are no tubes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from radcaliper.learning.chest.tubes.anatomy import Anatomy
from radcaliper.learning.chest.tubes.courses import (
    endotracheal_course,
    gastric_course,
    random_course,
    skin_wire_course,
    venous_course,
)
from radcaliper.learning.chest.tubes.lines import DrawnLine, DrawnSpot, smooth_path
from radcaliper.measurements.tubes.course import CoursePath

_COURSES: Final[dict[str, Callable[[Anatomy, Generator], CoursePath]]] = {
    "ett": endotracheal_course,
    "ngt": gastric_course,
    "cvc": venous_course,
}
_CHANCES: Final = {"ett": 0.42, "ngt": 0.42, "cvc": 0.5}
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
    radius = rng.uniform(4.3, 6.2) * mm
    strength = _strength(rng, 0.025, 0.16)
    side = float(rng.choice([-0.75, 0.0, 0.75]) + rng.normal(0, 0.1))
    striped = _strength(rng, 0.5, 3.0) if rng.random() < 0.85 else 0.0
    lumen, stripe = radius * rng.uniform(0.68, 0.85), float(np.clip(side, -0.9, 0.9))
    tube = DrawnLine("ett", path, radius, lumen, strength, stripe, striped)
    lengths = np.linalg.norm(np.diff(path, axis=0), axis=1)[::-1].cumsum()[::-1]
    cuffed = path[:-1][(lengths > 18 * mm) & (lengths < 48 * mm)]
    if rng.random() < 0.4 or len(cuffed) < 10:
        return [tube]
    wide = rng.uniform(7, 10) * mm
    return [tube, DrawnLine("", cuffed, wide, wide * 0.94, strength * rng.uniform(0.15, 0.5))]


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


def _pacemaker(anatomy: Anatomy, rng: Generator) -> tuple[list[DrawnLine], list[DrawnSpot]]:
    """A generator below a clavicle and its leads to the heart's right side."""
    mm, strength = anatomy.mm, _strength(rng, 0.2, 0.7)
    side = str(rng.choice(["left", "right"]))
    box = anatomy[f"{side}_shoulder"][0] + np.array([rng.uniform(20, 45), rng.normal(0, 12)]) * mm
    medial, carina = anatomy[f"{side}_clavicle"][0], anatomy["trachea"][-1]
    heart = carina + np.array([rng.uniform(60, 110), rng.uniform(-20, 50)]) * mm
    cava = carina + np.array([rng.uniform(0, 25), -rng.uniform(22, 32)]) * mm
    atrium = carina + np.array([60.0, -rng.uniform(22, 34)]) * mm
    path = smooth_path([box, medial + rng.normal(0, 5, 2) * mm, cava, atrium, heart])
    lead = DrawnLine("other", path, rng.uniform(0.7, 1.3) * mm, 0.0, strength, solid=rng.uniform(2, 6) * mm)
    return [lead], [DrawnSpot(box, rng.uniform(14, 24) * mm, 0.0, strength)]


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
    if rng.random() < 0.08:
        leads, boxes = _pacemaker(anatomy, rng)
        lines, spots = lines + leads, spots + boxes
    if rng.random() < 0.15:
        lines += _clips(shape, anatomy.mm, rng)
    return lines, spots


def random_scene(anatomy: Anatomy, shape: tuple[int, int], rng: Generator) -> Scene:
    """Tubes through ``anatomy`` and other lines over a film of ``shape``, in the pixels of that frame."""
    lines, spots = _distractors(anatomy, shape, rng)
    if rng.random() > _NO_TUBE:
        kinds = [kind for kind, chance in _CHANCES.items() if rng.random() < chance]
        kinds += ["cvc"] if rng.random() < _SECOND_CATHETER else []
        for kind in kinds:
            lines += _LINES[kind](_COURSES[kind](anatomy, rng), anatomy.mm, rng)
    return Scene(tuple(lines), tuple(spots), float(rng.uniform(0.25, 0.8)))
