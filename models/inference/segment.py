"""From a film to masks of a bundle's structures, with their quality features."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.region import RegionMasks
from radcaliper.measurements.types import Mask, Pass, Point, Prediction, Radiograph
from radcaliper.models.chest.channels import BESIDE, COMPACT, LUNGS, mirrored_order
from radcaliper.models.chest.spine_band import spine_band
from radcaliper.models.inference.agreement import mean_pairwise_dice
from radcaliper.models.inference.arrays import Maps
from radcaliper.models.inference.augmentations import AUGMENTATIONS, PLAIN, Augmentation
from radcaliper.models.inference.forward import Network, predict
from radcaliper.models.inference.letterbox import Letterbox
from radcaliper.models.inference.loading import load_predictor
from radcaliper.models.inference.mask_descriptors import Descriptors, mask_descriptors
from radcaliper.models.inference.mask_features import SquareFilm, StructureMaps, mask_features
from radcaliper.models.inference.normalize import grey_range, scale_grey
from radcaliper.models.inference.postprocess import (
    all_components,
    largest_component,
    outline_certainty,
    region_on_film,
    without_tails,
)
from radcaliper.models.registry import bundle_of

_LEVELS: Final = (0.0, 0.2, -0.2)
"""Added to a map: masks at a lower and a higher threshold, beside its own, tell how sure its outlines are."""


def network_square(film: Radiograph, size: int) -> tuple[NDArray[np.float32], Letterbox]:
    """The film as network input, (size, size) in [0, 1] with its aspect kept, and the letterbox to bring maps back."""
    box = Letterbox.square(*film.shape, size)
    low, high = grey_range(film.pixels)
    return box.pad(scale_grey(box.shrink(film.pixels), low, high)), box


def probability_maps(
    square: NDArray[np.float32], bundle: str, network: Network, augmentations: Sequence[Augmentation] = AUGMENTATIONS
) -> NDArray[np.float32]:
    """Probabilities (P, C, S, S) of the bundle's structures in each pass, transformed back to the film's square."""
    order = mirrored_order(tuple(bundle_of(bundle).metadata["structures"]))
    in_passes = predict(network, np.stack([augmentation.apply(square) for augmentation in augmentations]))
    return np.stack([each.undo(maps, order) for each, maps in zip(augmentations, in_passes, strict=True)])


def _mask(name: str, probability: NDArray[np.float32]) -> Mask:
    mask = largest_component(probability)
    return without_tails(mask) if name in COMPACT else mask


def _masks_and_maps(names: Sequence[str], maps: Maps, box: Letterbox) -> tuple[dict[str, Mask], Maps]:
    """The masks from (C, S, S) maps, and the maps, the spine's replaced by a smooth band where lungs lie beside it."""
    masks = {name: _mask(name, maps[c]) for c, name in enumerate(names)}
    if not {*LUNGS, "spine"} <= masks.keys():
        return masks, maps
    spine = names.index("spine")
    band = spine_band(masks["right_lung"], masks["left_lung"], maps[spine] > 0.5, box.film_rows)
    if band is None:
        return masks, maps
    drawn = maps.copy()
    drawn[spine] = band.probability(masks["spine"].shape)
    return masks | {"spine": drawn[spine] > 0.5}, drawn


def _descriptors(structures: dict[str, StructureMaps]) -> dict[str, Descriptors]:
    """The descriptors of lungs and heart; of what else the network segments there are none."""
    return {
        name: mask_descriptors(
            structures[name], np.max([structures[each].map for each in beside], axis=0), name == "left_lung"
        )
        for name, beside in BESIDE.items()
        if structures.keys() >= {name, *beside}
    }


@dataclass(frozen=True, eq=False)
class _Seen:
    """A film's square and letterbox, and the (P, C, S, S) maps of the passes, with the names of their channels."""

    square: NDArray[np.float32]
    box: Letterbox
    names: tuple[str, ...]
    maps: NDArray[np.float32]
    in_pieces: frozenset[str] = frozenset()
    """The structures that have several parts, as both clavicles in one mask."""

    @cached_property
    def mean(self) -> Maps:
        """The mean of the passes."""
        return np.asarray(self.maps.mean(axis=0))

    def _masks_and_maps(self, maps: Maps) -> tuple[dict[str, Mask], Maps]:
        masks, drawn = _masks_and_maps(self.names, maps, self.box)
        pieces = {name: all_components(maps[c]) for c, name in enumerate(self.names) if name in self.in_pieces}
        return masks | pieces, drawn

    def prediction(self, readings: Iterable[Maps]) -> Prediction:
        """The prediction from the mean; ``readings`` are the maps whose masks tell how sure it is."""
        masks, drawn = self._masks_and_maps(self.mean)
        others = [self._masks_and_maps(each)[0] for each in readings]
        film = SquareFilm(self.square)
        structures = {
            name: StructureMaps(film, self.mean[c], masks[name], tuple(each[name] for each in others))
            for c, name in enumerate(self.names)
        }
        origin = Point(*map(float, self.box.on_film(np.zeros(2))))
        return Prediction(
            masks=RegionMasks({n: region_on_film(drawn[c], masks[n], self.box) for c, n in enumerate(self.names)}),
            passes=tuple(Pass(RegionMasks.of(each), step=1 / self.box.scale, origin=origin) for each in others),
            agreement={name: mean_pairwise_dice(np.stack(each.pass_masks)) for name, each in structures.items()},
            margin={name: outline_certainty(each.map, each.mask) for name, each in structures.items()},
            features={name: mask_features(each) for name, each in structures.items()},
            descriptors=_descriptors(structures),
        )


def _seen(network: Network, film: Radiograph, bundle: str, augmentations: Sequence[Augmentation]) -> _Seen:
    metadata = bundle_of(bundle).metadata
    square, box = network_square(film, int(metadata["size"]))
    maps = probability_maps(square, bundle, network, augmentations)
    return _Seen(square, box, tuple(metadata["structures"]), maps, frozenset(metadata.get("in_pieces", ())))


def segment(film: Radiograph, bundle: str) -> Prediction:
    """Masks of all the bundle's structures at the film's own size; a structure that is not found has an empty mask.

    They are those of the mean over the passes of test-time augmentation.
    """
    seen = _seen(load_predictor(bundle), film, bundle, AUGMENTATIONS)
    return seen.prediction(seen.maps)


def segment_once(network: Network, film: Radiograph, bundle: str) -> Prediction:
    """The same by one pass of a network, the bundle's own or another; its ``passes`` are masks at three thresholds."""
    seen = _seen(network, film, bundle, PLAIN)
    return seen.prediction(seen.mean + np.float32(level) for level in _LEVELS)
