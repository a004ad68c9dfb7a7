"""From a film to masks of a bundle's structures, with their quality features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.region import RegionMasks
from radcaliper.measurements.types import Mask, Pass, Point, Prediction, Radiograph
from radcaliper.models.chest.channels import BESIDE, COMPACT, LUNGS, mirrored_order
from radcaliper.models.chest.spine_band import spine_band
from radcaliper.models.inference.agreement import mean_pairwise_dice
from radcaliper.models.inference.arrays import Grey, Maps
from radcaliper.models.inference.augmentations import AUGMENTATIONS, PLAIN, Augmentation
from radcaliper.models.inference.forward import Network, predict
from radcaliper.models.inference.letterbox import Letterbox
from radcaliper.models.inference.loading import load_predictor
from radcaliper.models.inference.mask_descriptors import Descriptors, film_descriptors, mask_descriptors
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

_ABOVE: Final = 0.5
"""The probability above which a pixel is a structure's."""
_OTHERS_ABOVE: Final = (0.3, 0.7)
"""Masks at a lower and a higher threshold, beside the usual one, tell how sure their outlines are."""


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


def _mask(name: str, probability: Grey, above: float) -> Mask:
    mask = largest_component(probability, above)
    return without_tails(mask) if name in COMPACT else mask


def _spine(masks: Mapping[str, Mask], seen: Mask, box: Letterbox) -> Grey | None:
    """The map of the spine as a smooth band through what is seen of it, where lungs lie beside it; else None."""
    if not {*LUNGS, "spine"} <= masks.keys():
        return None
    band = spine_band(masks["right_lung"], masks["left_lung"], seen, box.film_rows)
    return None if band is None else band.probability(seen.shape)


@dataclass(frozen=True, eq=False)
class _Reading:
    """Masks (S, S) from maps at one threshold, and the maps (S, S) that stand for the network's own of some of them."""

    masks: Mapping[str, Mask]
    drawn: Mapping[str, Grey]


def _descriptors(structures: dict[str, StructureMaps], film: SquareFilm) -> dict[str, Descriptors]:
    """The descriptors of lungs and heart; of what else the network segments there are none."""
    described = {
        name: mask_descriptors(
            structures[name], np.max([structures[each].map for each in beside], axis=0), name == "left_lung"
        )
        for name, beside in BESIDE.items()
        if structures.keys() >= {name, *beside}
    }
    of_film = film_descriptors(film) if any(described.values()) else {}
    return {name: each | of_film if each else {} for name, each in described.items()}


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
        return np.asarray(self.maps.mean(axis=0)) if len(self.maps) > 1 else np.asarray(self.maps[0])

    def read(self, maps: Maps, above: float = _ABOVE) -> _Reading:
        """The masks from (C, S, S) maps above a probability."""
        named = dict(zip(self.names, maps, strict=True))
        masks = {
            name: all_components(each, above) if name in self.in_pieces else _mask(name, each, above)
            for name, each in named.items()
        }
        band = _spine(masks, named["spine"] > np.float32(above), self.box) if "spine" in named else None
        return _Reading(masks, {}) if band is None else _Reading(masks | {"spine": band > _ABOVE}, {"spine": band})

    def prediction(self, reading: _Reading, others: Sequence[_Reading]) -> Prediction:
        """The prediction from what is read off the mean; ``others`` tell how sure it is. Without quality features."""
        maps = {name: reading.drawn.get(name, self.mean[c]) for c, name in enumerate(self.names)}
        regions = {name: region_on_film(each, reading.masks[name], self.box) for name, each in maps.items()}
        origin = Point(*map(float, self.box.on_film(np.zeros(2))))
        in_passes = {name: np.stack([each.masks[name] for each in others]) for name in self.names}
        return Prediction(
            masks=RegionMasks(regions),
            passes=tuple(Pass(RegionMasks.of(each.masks), step=1 / self.box.scale, origin=origin) for each in others),
            agreement={name: mean_pairwise_dice(each) for name, each in in_passes.items()},
            margin={n: outline_certainty(self.mean[c], reading.masks[n]) for c, n in enumerate(self.names)},
        )

    def described(self, reading: _Reading, others: Sequence[_Reading]) -> Prediction:
        """The same with the features and descriptors that the quality of masks is predicted from."""
        film = SquareFilm(self.square)
        structures = {
            name: StructureMaps(film, self.mean[c], reading.masks[name], tuple(each.masks[name] for each in others))
            for c, name in enumerate(self.names)
        }
        return replace(
            self.prediction(reading, others),
            features={name: mask_features(each) for name, each in structures.items()},
            descriptors=_descriptors(structures, film),
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
    return seen.described(seen.read(seen.mean), [seen.read(maps) for maps in seen.maps])


def segment_masks(film: Radiograph, bundle: str) -> Prediction:
    """The same without the features and descriptors that the quality of masks is predicted from."""
    seen = _seen(load_predictor(bundle), film, bundle, AUGMENTATIONS)
    return seen.prediction(seen.read(seen.mean), [seen.read(maps) for maps in seen.maps])


def segment_once(network: Network, film: Radiograph, bundle: str) -> Prediction:
    """The same by one pass of a network, the bundle's own or another; its ``passes`` are masks at three thresholds."""
    seen = _seen(network, film, bundle, PLAIN)
    reading = seen.read(seen.mean)
    return seen.described(reading, [reading, *(seen.read(seen.mean, above) for above in _OTHERS_ABOVE)])
