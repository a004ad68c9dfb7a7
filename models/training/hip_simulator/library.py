"""All bones of the data set, described once: which patients can be put together from the subjects of one fold."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from radcaliper.models.training.hip_simulator.anatomy import Femur, describe, scaled
from radcaliper.models.training.hip_simulator.meshes import SIDES, Side, read_femora, read_pelves
from radcaliper.models.training.hip_simulator.pelvis import Pelvis, describe_pelvis, scanned_head
from radcaliper.models.training.hip_simulator.solid import Solid, femur_solid
from radcaliper.models.training.split import HELD_OUT_FOLD, fold_of

OWN_FEMUR = 0.5
"""How often a pelvis keeps its own femora; else it gets another subject's of the same part of the split."""


@dataclass(eq=False)
class Library:
    """Femora and pelves of the training subjects, or of those held out; solids are made when first asked for."""

    femora: list[Femur]
    pelves: list[Pelvis]
    _solids: dict[str, Solid] = field(default_factory=dict)

    def solid(self, femur: Femur) -> Solid:
        """The femur's solid, in its own frame."""
        key = f"{femur.name} {femur.anatomy.head_radius:.3f}"
        if key not in self._solids:
            self._solids[key] = femur_solid(femur)
        return self._solids[key]

    def patient(self, rng: np.random.Generator) -> tuple[Pelvis, dict[Side, Femur]]:
        """A pelvis with a right femur for each side (the left one to be mirrored), sized to its sockets."""
        pelvis = self.pelves[rng.integers(len(self.pelves))]
        pool = [femur for femur in self.femora if femur.subject == pelvis.subject]
        if rng.random() > OWN_FEMUR:
            chosen = self.femora[rng.integers(len(self.femora))].subject
            pool = [femur for femur in self.femora if femur.subject == chosen]
        by_side = {side: [femur for femur in pool if femur.name.endswith(side)] or pool for side in SIDES}
        picked = {side: femora[rng.integers(len(femora))] for side, femora in by_side.items()}
        return pelvis, {side: self._fitted(femur, pelvis) for side, femur in picked.items()}

    def _fitted(self, femur: Femur, pelvis: Pelvis) -> Femur:
        if femur.subject == pelvis.subject:
            return femur
        return scaled(femur, pelvis.head_radius / femur.anatomy.head_radius)


def load(data: Path, held_out: bool) -> Library:
    """The subjects held out (fold 0 of the split by the subject's name), or all others."""
    scans = [scan for scan in read_femora(data) if (fold_of(scan.subject) == HELD_OUT_FOLD) == held_out]
    femora = [describe(scan) for scan in scans]
    pelves = []
    for pelvis in read_pelves(data):
        pairs = {s.side: (s, f) for s, f in zip(scans, femora, strict=True) if s.subject == pelvis.subject}
        if pairs:
            pelves.append(describe_pelvis(pelvis, {side: scanned_head(*pair) for side, pair in pairs.items()}))
    return Library(femora, pelves)
