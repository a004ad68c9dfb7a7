"""Simulated exposures rendered once and kept on disk, so that training only varies how they were developed."""

from __future__ import annotations

import logging
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.hip.bones import bones_of
from radcaliper.learning.hip.meshes import Part, Points
from radcaliper.learning.hip.scene import Exposure, expose

log = logging.getLogger(__name__)

BONE_STEP: Final = 0.5
TISSUE_STEP: Final = 2.0
"""Millimetres for each grey value of the kept layers."""
_SEED: Final = 0


@dataclass(frozen=True)
class KeptExposure:
    """An exposure in bytes: (H, W) uint8 layers; masks as bits (1 right, 2 left, 4 metal).

    (2, 5, 2) places and (2,) radii in pixels, (2,) whether a prosthesis replaces the head, (2,) whether the femur is
    broken.
    """

    bone: NDArray[np.uint8]
    tissue: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    places: Points
    radii: NDArray[np.float64]
    metal: NDArray[np.bool_]
    broken: NDArray[np.bool_]


def _bytes(layer: NDArray[np.float32], step: float) -> NDArray[np.uint8]:
    return np.clip(np.round(layer / step), 0, 255).astype(np.uint8)


def _packed(*masks: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(H, W) masks as the bits of one byte, the first one the lowest."""
    return np.asarray(np.packbits(np.stack(masks), axis=0, bitorder="little")[0], dtype=np.uint8)


def keep(exposure: Exposure) -> KeptExposure:
    """The exposure in bytes."""
    right, left = exposure.hips
    return KeptExposure(
        _bytes(exposure.bone, BONE_STEP),
        _bytes(exposure.tissue, TISSUE_STEP),
        _packed(right.mask, left.mask, exposure.metal),
        np.stack([right.places, left.places]),
        np.array([right.radius, left.radius]),
        np.array([right.metal, left.metal]),
        np.array([right.broken, left.broken]),
    )


def _render(data: Path, missing: list[Path]) -> None:
    bones = bones_of(data, Part.TRAINING)
    for path in missing:
        exposure = keep(expose(bones, np.random.default_rng([_SEED, int(path.stem)])))
        partial = path.with_suffix(".partial")
        partial.write_bytes(pickle.dumps(exposure))
        partial.rename(path)
        log.info("rendered %s", path.stem)


def rendered(data: Path, count: int, folder: Path) -> list[KeptExposure]:
    """``count`` exposures of the training subjects' bones, each with its own seed; what ``folder`` lacks is made."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:05d}.pickle" for number in range(count)]
    missing = [path for path in paths if not path.exists()]
    if missing:
        _render(data, missing)
    return [pickle.loads(path.read_bytes()) for path in paths]
