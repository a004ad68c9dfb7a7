"""Films of another kind, analysed by the chest protocol: all of them should be refused or left for review."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np

from radcaliper.learning.datasets.chest import chest_films
from radcaliper.learning.datasets.spine import aasce_films
from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.learning.hip.bones import bones_of
from radcaliper.learning.hip.meshes import Part
from radcaliper.learning.hip.simulated_films import simulated_films
from radcaliper.measurements.types import Radiograph
from radcaliper.pipelines.protocols.chest import PROTOCOL
from radcaliper.pipelines.reading import read_radiograph

_EACH: Final = 15
_SEED: Final = 3


def _films(data: Path) -> Iterator[tuple[str, Radiograph]]:
    chests = list(islice(chest_films(data, HELD_OUT_FOLD), _EACH))
    yield from (("chest lying on its side", Radiograph(np.ascontiguousarray(film.grey.T))) for film in chests)
    yield from (("chest upside down", Radiograph(np.ascontiguousarray(film.grey[::-1]))) for film in chests)
    yield from (("chest mirrored", Radiograph(np.ascontiguousarray(film.grey[:, ::-1]))) for film in chests)
    if (data / "spine" / "aasce").is_dir():
        spines = (film for film in aasce_films(data) if film.fold == HELD_OUT_FOLD)
        yield from (("whole spine", Radiograph(film.grey)) for film in islice(spines, _EACH))
    if (data / "hip" / "vsd").is_dir():
        hips = simulated_films(bones_of(data, Part.JUDGING), _EACH, _SEED)
        yield from (("hips, simulated", each.film) for each in hips)
    for kind, place in (
        ("pelvis", "hip/real/pelvis_ap_unlabelled.jpg"),
        ("frog lateral", "dicom/hip_frog_lateral_nema_rg2.dcm"),
    ):
        if (data / place).is_file():
            yield kind, read_radiograph(data / place)


def other_films(data: Path) -> Iterator[dict[str, Any]]:
    """For each film its kind, the status that the chest protocol gives it, and the reasons."""
    for kind, film in _films(data):
        analysis = PROTOCOL.analyse(kind, film)
        yield {"kind": kind, "status": analysis.status.value, "reasons": ";".join(analysis.reasons)}
