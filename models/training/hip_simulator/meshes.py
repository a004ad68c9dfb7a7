"""Bone surfaces of the hip data set, brought to one convention.

Coordinates are millimetres, (x, y, z) = (to the patient's left, to the back, up). Every femur is kept as a right one;
a left one is mirrored, so that one description serves both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]
"""(N, 3) millimetres."""
Triangles = NDArray[np.int32]
"""(M, 3) indices into the vertices."""
Side = Literal["right", "left"]
SIDES: Final[tuple[Side, Side]] = ("right", "left")
MIRROR: Final = np.array([-1, 1, 1], np.float32)


@dataclass(frozen=True, eq=False)
class Mesh:
    """A closed surface."""

    vertices: Points
    triangles: Triangles

    def moved(self, vertices: Points) -> Mesh:
        """The same surface with its vertices elsewhere."""
        return Mesh(vertices.astype(np.float32), self.triangles)


@dataclass(frozen=True, eq=False)
class PelvisScan:
    """The pelvis of one subject: hip bones by side and the sacrum, in scanner coordinates."""

    subject: str
    hips: dict[Side, Mesh]
    sacrum: Mesh


@dataclass(frozen=True, eq=False)
class FemurScan:
    """One femur in scanner coordinates, mirrored to a right one where ``side`` is left."""

    subject: str
    side: Side
    mesh: Mesh

    @property
    def name(self) -> str:
        """Subject and side, as ``z001_right``."""
        return f"{self.subject}_{self.side}"


def _mesh(file: dict[str, NDArray[np.float32]], prefix: str) -> Mesh:
    return Mesh(file[f"{prefix}v"].astype(np.float32), file[f"{prefix}f"].astype(np.int32))


def read_pelves(data: Path) -> list[PelvisScan]:
    """Every pelvis with a sacrum under ``data/hip/vsd``."""
    pelves = []
    for path in sorted((data / "hip" / "vsd").glob("*.npz")):
        with np.load(path) as archive:
            file = dict(archive)
        hips: dict[Side, Mesh] = {"right": _mesh(file, "Hip_R_"), "left": _mesh(file, "Hip_L_")}
        pelves.append(PelvisScan(path.stem, hips, _mesh(file, "Sacrum_")))
    if not pelves:
        raise FileNotFoundError(f"{data}: no hip/vsd/*.npz")
    return pelves


def _femur(subject: str, side: Side, mesh: Mesh) -> FemurScan:
    return FemurScan(subject, side, mesh if side == "right" else mesh.moved(mesh.vertices * MIRROR))


def read_femora(data: Path) -> list[FemurScan]:
    """Every femur under ``data/hip``. The two TLEM2 scans may be of one person, and carry one subject name."""
    femora = []
    for path in sorted((data / "hip" / "vsd").glob("*.npz")):
        with np.load(path) as archive:
            file = dict(archive)
        for side in SIDES:
            prefix = f"Femur_{side[0].upper()}_"
            if f"{prefix}v" in file:
                femora.append(_femur(path.stem, side, _mesh(file, prefix)))
    for path in sorted((data / "hip" / "staple").glob("*__femur_*.npz")):
        scan, _, part = path.stem.partition("__")
        subject = "TLEM2" if scan.startswith("TLEM2") else scan
        with np.load(path) as archive:
            femora.append(_femur(subject, "right" if part.endswith("r") else "left", _mesh(dict(archive), "")))
    return femora
