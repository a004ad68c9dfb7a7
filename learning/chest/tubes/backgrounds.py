"""Real films, which tubes are drawn into, with the chest network's masks of their anatomy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.chest.tubes.readings import TubeFilm, tube_films
from radcaliper.learning.datasets.chest import read_mask
from radcaliper.learning.datasets.spine import read_grey
from radcaliper.measurements.types import Mask, Radiograph
from radcaliper.models.chest.channels import CHEST_STRUCTURES
from radcaliper.models.inference.forward import predict
from radcaliper.models.inference.loading import load_predictor
from radcaliper.models.inference.postprocess import largest_component, region_on_film
from radcaliper.models.inference.segment import network_square
from radcaliper.models.tubes.channels import REPORTED, TUBES

_EVERY: Final = {"jsrt": 4, "wingspan": 3, "covid100": 1, "v7": 7, "unlabelled": 1, "picc": 1}
"""Every how many films of each set one is used, of those that nobody read."""


@dataclass(frozen=True)
class Background:
    """One real film to draw tubes into: grey (H, W) in [0, 1], the chest network's masks, and the labelled airways."""

    known: TubeFilm
    grey: NDArray[np.float32]
    masks: dict[str, Mask]
    airways: Mask | None

    @property
    def name(self) -> str:
        """Its path below the data folder."""
        return self.known.name

    @property
    def is_clear(self) -> bool:
        """Whether it is known to have no tube, and no lead as far as is known."""
        present = {kind: self.known.present(kind) for kind in REPORTED}
        return all(present[kind] is False for kind in TUBES) and not any(present.values())


def _chest_masks(name: str, grey: NDArray[np.float32], work: Path) -> dict[str, Mask]:
    """The chest network's masks from one pass, kept in ``work`` because they take a while."""
    kept = work / "masks" / f"{Path(name).stem}.npz"
    if not kept.exists():
        square, box = network_square(Radiograph(grey), 384)
        maps = predict(load_predictor("chest_anatomy"), square[None])[0]
        found = [region_on_film(each, largest_component(each), box).mask for each in maps]
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(kept, bits=np.packbits(np.stack(found)))
    with np.load(kept) as stored:
        count = len(CHEST_STRUCTURES) * grey.size
        masks = np.unpackbits(stored["bits"], count=count).astype(bool).reshape(-1, *grey.shape)
    return dict(zip(CHEST_STRUCTURES, masks, strict=True))


def _is_used(film: TubeFilm) -> bool:
    """Whether tubes are drawn into a film: into every one with readings or masks, and a share of the others."""
    if film.readings or film.masks:
        return True
    return int(sha256(film.name.encode()).hexdigest(), 16) % _EVERY[film.dataset] == 0


def backgrounds(data: Path, work: Path) -> Iterator[Background]:
    """The films that tubes are drawn into."""
    for film in filter(_is_used, tube_films(data)):
        yield background(film, data, work)


def background(film: TubeFilm, data: Path, work: Path) -> Background:
    """One film, its anatomy's masks kept in ``work``."""
    path = data / film.name
    grey = read_grey(path)
    drawn = path.parent.parent / "masks" / "airways" / f"{path.stem}.png"
    airways = read_mask(drawn) if drawn.exists() else None
    return Background(film, grey, _chest_masks(film.name, grey, work), airways)
