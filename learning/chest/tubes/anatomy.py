"""Where tubes may run on one film: the airway, the spine, the great veins' border, the diaphragm, the clavicles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from radcaliper.measurements.chest.airway import Fork, find_fork
from radcaliper.measurements.region import Extent, Region
from radcaliper.measurements.tubes.course import CoursePath
from radcaliper.measurements.types import Mask, Masks, NotMeasurable

_THORAX_MM: Final = 290.0
"""Usual inner width of an adult's thorax. It gives the scale of films of unknown spacing."""
_CARINA_LEVEL: Final = 0.41
_CARINA_ASIDE: Final = -7.0
"""The carina's usual position: share of the lungs' height from the apices, millimetres from the spine's middle."""


@dataclass(frozen=True)
class Anatomy:
    """Courses and places by name, (N, 2) each, in any frame; ``mm`` is pixels of that frame for each millimetre.

    Paths: ``trachea`` (from the top to the carina), ``right_bronchus`` and ``left_bronchus`` (from the carina on),
    ``spine``, ``right_border`` (of the mediastinum). Places: ``right_apex``, ``right_shoulder``, ``right_clavicle``
    (its medial end), ``right_dome``, and ``left_``. ``carina_seen`` is False where the airway shows no carina and its
    usual position stands in.
    """

    places: Mapping[str, CoursePath]
    mm: float
    carina_seen: bool

    def __getitem__(self, name: str) -> CoursePath:
        """(N, 2) of the course or place ``name``."""
        return self.places[name]

    def moved(self, matrix: NDArray[np.float64]) -> Anatomy:
        """The anatomy in another frame: ``matrix`` (2, 3) brings (row, col, 1) there."""
        zoom = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
        moved = {name: place @ matrix[:, :2].T + matrix[:, 2] for name, place in self.places.items()}
        return Anatomy(moved, self.mm * zoom, self.carina_seen)


def _spine(spine: Mask, lungs: Extent) -> CoursePath:
    """A straight line through the upper spine, where its mask is narrow, over the film's height."""
    spans = Region.of(spine).row_spans
    rows, middles = spans.rows, spans.middles
    upper = (rows > lungs.top) & (rows < lungs.top + 0.6 * lungs.rows)
    ends = np.array([lungs.top - lungs.rows, lungs.bottom + lungs.rows], float)
    if upper.sum() < 0.2 * lungs.rows:
        return np.stack([ends, np.full(2, (lungs.left + lungs.right) / 2)], axis=1)
    fitted = np.polyfit(rows[upper], middles[upper], 1)[0]
    slope = float(np.clip(fitted, -0.15, 0.15))
    centre = float(np.median(middles[upper]))
    level = float(np.median(rows[upper]))
    return np.stack([ends, centre + slope * (ends - level)], axis=1)


def column_at(path: CoursePath, row: float) -> float:
    """The column at a row of a path that is sorted by rows. Beyond its ends the path goes on vertically."""
    return float(np.interp(row, path[:, 0], path[:, 1]))


def _fork(airways: Mask, spine: CoursePath, lungs: Extent, mm: float) -> Fork | None:
    try:
        fork = find_fork(Region.of(airways)) if airways.any() else None
    except NotMeasurable:  # it does not fork: the carina's usual position is taken
        return None
    if fork is None:
        return None
    level = (fork.carina.row - lungs.top) / lungs.rows
    aside = (fork.carina.col - column_at(spine, fork.carina.row)) / mm
    return fork if abs(level - _CARINA_LEVEL) < 0.13 and abs(aside - _CARINA_ASIDE) < 13 else None


def _airway(airways: Mask, fork: Fork | None, spine: CoursePath, lungs: Extent, mm: float) -> dict[str, CoursePath]:
    if fork is None:
        row = lungs.top + _CARINA_LEVEL * lungs.rows
        carina = np.array([row, column_at(spine, row) + _CARINA_ASIDE * mm])
        rows = np.array([carina[0] - 40 * mm])
        middles = np.array([column_at(spine, rows[0]) + 0.7 * _CARINA_ASIDE * mm])
    else:
        carina = np.array(fork.carina)
        spans = Region.of(airways).row_spans
        rows, middles = spans.rows, spans.middles
        above = rows < carina[0] - 12 * mm
        rows, middles = rows[above][:: max(1, round(8 * mm))], middles[above][:: max(1, round(8 * mm))]
    neck = np.array([[lungs.top - 0.7 * lungs.rows, column_at(spine, lungs.top - 0.7 * lungs.rows)]])
    inside = rows < carina[0] - 12 * mm
    trachea = np.concatenate([neck, np.stack([rows[inside], middles[inside]], axis=1), carina[None]])
    right, left = carina + np.array([24.0, -26.0]) * mm, carina + np.array([24.0, 34.0]) * mm
    if fork is not None and len(fork.right) > 12 * mm:
        right = carina + (fork.right[-1] - carina) * (36 * mm / np.linalg.norm(fork.right[-1] - carina))
        left = carina + (fork.left[-1] - carina) * (42 * mm / np.linalg.norm(fork.left[-1] - carina))
    start = carina - np.array([6 * mm, 0])
    return {"trachea": trachea, "right_bronchus": np.stack([start, right]), "left_bronchus": np.stack([start, left])}


def _right_border(lung: Mask, lungs: Extent) -> CoursePath:
    spans = Region.of(lung).row_spans
    rows, inner = spans.rows, spans.last
    smooth = median_filter(inner.astype(float), size=max(3, lungs.rows // 8), mode="nearest")
    return np.stack([rows.astype(float), smooth], axis=1)[:: max(1, lungs.rows // 40)]


def _side(masks: Masks, side: str, lungs: Extent, mm: float) -> dict[str, CoursePath]:
    lung, outward = masks[f"{side}_lung"], -1 if side == "right" else 1
    span = Region.of(lung).extent if lung.any() else lungs
    middle = (span.left + span.right) / 2
    apex = np.array([float(span.top), middle])
    clavicle = masks[f"{side}_clavicle"]
    medial = apex + np.array([22 * mm, -outward * 28 * mm])
    shoulder = apex + np.array([0.0, outward * 75 * mm])
    if clavicle.any():
        bone = Region.of(clavicle).extent
        inner_col, outer_col = (bone.right, bone.left) if side == "right" else (bone.left, bone.right)
        medial = np.array([float(np.flatnonzero(clavicle[:, inner_col]).mean()), float(inner_col)])
        shoulder = np.array([float(np.flatnonzero(clavicle[:, outer_col]).mean()), float(outer_col)])
        shoulder = shoulder + np.array([0.0, outward * 25 * mm])
    dome = np.array([float(span.bottom) - 18 * mm, middle])
    found = {"apex": apex, "clavicle": medial, "shoulder": shoulder, "dome": dome}
    return {f"{side}_{name}": place[None] for name, place in found.items()}


def anatomy_of(masks: Masks, airways: Mask | None = None) -> Anatomy | None:
    """The anatomy that the chest masks show, in the film's pixels. Labelled ``airways`` replace the network's.

    None where a lung is missing.
    """
    if not masks["right_lung"].any() or not masks["left_lung"].any():
        return None
    lungs = Region.of(masks["right_lung"] | masks["left_lung"]).extent
    mm = lungs.cols / _THORAX_MM
    airway_mask = masks["airways"] if airways is None else airways
    spine = _spine(masks["spine"], lungs)
    fork = _fork(airway_mask, spine, lungs, mm)
    places = {"spine": spine, "right_border": _right_border(masks["right_lung"], lungs)}
    places |= _airway(airway_mask, fork, spine, lungs, mm)
    for side in ("right", "left"):
        places |= _side(masks, side, lungs, mm)
    return Anatomy(places, mm, fork is not None)
