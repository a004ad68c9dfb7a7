"""The bone meshes on disk: which subjects there are, whose femora and pelves, and on which side of the split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.datasets.split import HELD_OUT_FOLD, fold_of

Points = NDArray[np.float64]
"""(N, 3) places in mm: x to the patient's left, y to the back, z up."""
_MIRROR: Final = np.array([-1.0, 1.0, 1.0])
_VALIDATION_FOLD: Final = 4
_LEAST_LENGTH_MM: Final = 130.0
"""Of a femur that is cut off below: with less, the shaft's direction is not known."""


@dataclass(frozen=True)
class Mesh:
    """A closed surface: (N, 3) vertices in mm and (F, 3) corners of its triangles."""

    vertices: Points
    triangles: NDArray[np.intp]

    def mirrored(self) -> Mesh:
        """The other side's bone, about x = 0."""
        return Mesh(self.vertices * _MIRROR, self.triangles[:, ::-1])


class Part(StrEnum):
    """Which films a subject's bones are for; the same for both sides of a subject."""

    TRAINING = "training"
    VALIDATION = "validation"
    JUDGING = "judging"


@dataclass(frozen=True)
class FemurMesh:
    """One femur as if it were a right one, in its scan's axes; ``whole`` if its lower end is there too."""

    subject: str
    side: str
    mesh: Mesh
    whole: bool = True

    @property
    def name(self) -> str:
        """Subject and side."""
        return f"{self.subject}_{self.side[0].upper()}"


def part_of(subject: str) -> Part:
    """By the hash of the subject's name: z009, z019, z046, z050, TLEM2 and m8 are judged by, z023, z035, LHDL and m7
    chosen by, the others trained on.

    The two TLEM2 scans may be of one person and count as one.
    """
    fold = fold_of("TLEM2" if subject.startswith("TLEM2") else subject)
    if fold == HELD_OUT_FOLD:
        return Part.JUDGING
    return Part.VALIDATION if fold == _VALIDATION_FOLD else Part.TRAINING


def _vsd_mesh(arrays: NDArray[np.void], bone: str) -> Mesh:
    return Mesh(np.asarray(arrays[f"{bone}_v"], np.float64), np.asarray(arrays[f"{bone}_f"], np.intp))


def _proximal_femora(folder: Path) -> Iterator[FemurMesh]:
    """Upper halves of femora, those that are long enough, left ones mirrored."""
    for path in sorted(folder.glob("*femur_mm.npz")):
        with np.load(path) as arrays:
            mesh = Mesh(np.asarray(arrays["v"], np.float64), np.asarray(arrays["f"], np.intp))
        subject, bone = path.stem.split("_")[:2]
        if np.ptp(mesh.vertices[:, 2]) > _LEAST_LENGTH_MM:
            side = "left" if bone.startswith("l") else "right"
            yield FemurMesh(subject, side, mesh if side == "right" else mesh.mirrored(), whole=False)


def read_femora(data: Path) -> Iterator[FemurMesh]:
    """Every femur under ``data``/hip, left ones mirrored."""
    for path in sorted((data / "hip" / "vsd").glob("*.npz")):
        with np.load(path) as arrays:
            for side in ("right", "left"):
                bone = f"Femur_{side[0].upper()}"
                if f"{bone}_v" in arrays:
                    mesh = _vsd_mesh(arrays, bone)
                    yield FemurMesh(path.stem, side, mesh if side == "right" else mesh.mirrored())
    for path in sorted((data / "hip" / "staple").glob("*__femur_?.npz")):
        with np.load(path) as arrays:
            mesh = Mesh(np.asarray(arrays["v"], np.float64), np.asarray(arrays["f"], np.intp))
        side = "right" if path.stem.endswith("r") else "left"
        yield FemurMesh(path.stem.split("__")[0], side, mesh if side == "right" else mesh.mirrored())
    yield from _proximal_femora(data / "hip" / "libhip")


def read_pelves(data: Path) -> Iterator[tuple[str, dict[str, Mesh]]]:
    """(subject, ``Hip_R``, ``Hip_L`` and ``Sacrum``) of every VSD subject, in its scan's axes."""
    for path in sorted((data / "hip" / "vsd").glob("*.npz")):
        with np.load(path) as arrays:
            yield path.stem, {bone: _vsd_mesh(arrays, bone) for bone in ("Hip_R", "Hip_L", "Sacrum")}
