"""Simulated exposures rendered once and kept on disk, so that training only varies how they were developed."""

from __future__ import annotations

import logging
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.models.training.hip.bones import Bones
from radcaliper.models.training.hip.meshes import Points, subject_fold
from radcaliper.models.training.hip.scene import Exposure, expose
from radcaliper.models.training.split import HELD_OUT_FOLD

log = logging.getLogger(__name__)

BONE_STEP: Final = 0.5
TISSUE_STEP: Final = 2.0
"""Millimetres for each grey value of the kept layers."""


@dataclass(frozen=True)
class KeptExposure:
    """An exposure in bytes: (H, W) uint8 layers, masks as bits (1 right, 2 left); (2, 5, 2) places, (2,) radii in
    pixels, (2,) whether a prosthesis replaces the head."""

    bone: NDArray[np.uint8]
    tissue: NDArray[np.uint8]
    femora: NDArray[np.uint8]
    places: Points
    radii: NDArray[np.float64]
    metal: NDArray[np.bool_]


def _bytes(layer: NDArray[np.float32], step: float) -> NDArray[np.uint8]:
    return np.clip(np.round(layer / step), 0, 255).astype(np.uint8)


def keep(exposure: Exposure) -> KeptExposure:
    """The exposure in bytes."""
    right, left = exposure.hips
    return KeptExposure(
        _bytes(exposure.bone, BONE_STEP),
        _bytes(exposure.tissue, TISSUE_STEP),
        right.mask.astype(np.uint8) | left.mask.astype(np.uint8) << np.uint8(1),
        np.stack([right.places, left.places]),
        np.array([right.radius, left.radius]),
        np.array([right.metal, left.metal]),
    )


def part_of(bones: Bones, held_out: bool) -> Bones:
    """The bones of the subjects that are held out, or of the others."""

    def chosen(subject: str) -> bool:
        return (subject_fold(subject) == HELD_OUT_FOLD) == held_out

    return Bones(
        tuple(femur for femur in bones.femora if chosen(femur.subject)),
        tuple(pelvis for pelvis in bones.pelves if chosen(pelvis.subject)),
    )


def rendered(bones: Bones, count: int, seed: int, folder: Path) -> list[KeptExposure]:
    """``count`` exposures, read from ``folder`` where they are kept and rendered where not; each has its own seed."""
    folder.mkdir(parents=True, exist_ok=True)
    exposures = []
    for number in range(count):
        path = folder / f"{seed}_{number:05d}.pickle"
        if not path.exists():
            exposure = keep(expose(bones, np.random.default_rng([seed, number])))
            partial = path.with_suffix(".partial")
            partial.write_bytes(pickle.dumps(exposure))
            partial.rename(path)
            if number % 50 == 0:
                log.info("rendered %d of %d", number, count)
        exposures.append(pickle.loads(path.read_bytes()))
    return exposures
