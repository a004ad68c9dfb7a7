"""The bone meshes on disk: which subjects there are, whose femora and pelves, and on which side of the split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.datasets.split import HELD_OUT_FOLD, fold_of

Points = NDArray[np.float64]
"""(N, 3) places in mm: x to the patient's left, y to the back, z up."""
_MIRROR: Final = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Mesh:
    """A closed surface: (N, 3) vertices in mm and (F, 3) corners of its triangles."""

    vertices: Points
    triangles: NDArray[np.intp]

    def mirrored(self) -> Mesh:
        """The other side's bone, about x = 0."""
        return Mesh(self.vertices * _MIRROR, self.triangles[:, ::-1])


@dataclass(frozen=True)
class FemurMesh:
    """One femur as if it were a right one, in its scan's axes."""

    subject: str
    side: str
    mesh: Mesh

    @property
    def name(self) -> str:
        """Subject and side."""
        return f"{self.subject}_{self.side[0].upper()}"


def is_held_out(subject: str) -> bool:
    """Whether a subject is never trained on, by the hash of its name: z009, z019, z046, z050 and TLEM2 are.

    The two TLEM2 scans may be of one person and count as one.
    """
    return fold_of("TLEM2" if subject.startswith("TLEM2") else subject) == HELD_OUT_FOLD


def _vsd_mesh(arrays: NDArray[np.void], bone: str) -> Mesh:
    return Mesh(np.asarray(arrays[f"{bone}_v"], np.float64), np.asarray(arrays[f"{bone}_f"], np.intp))


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


def read_pelves(data: Path) -> Iterator[tuple[str, dict[str, Mesh]]]:
    """(subject, ``Hip_R``, ``Hip_L`` and ``Sacrum``) of every VSD subject, in its scan's axes."""
    for path in sorted((data / "hip" / "vsd").glob("*.npz")):
        with np.load(path) as arrays:
            yield path.stem, {bone: _vsd_mesh(arrays, bone) for bone in ("Hip_R", "Hip_L", "Sacrum")}
