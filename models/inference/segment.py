"""From a film to masks of a bundle's structures, with their quality features."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Mask, Pass, Point, Prediction, Radiograph
from radcaliper.models.chest.channels import COMPACT, LUNGS, mirrored_order
from radcaliper.models.chest.spine_band import spine_band
from radcaliper.models.inference.agreement import mean_pairwise_dice
from radcaliper.models.inference.arrays import Maps
from radcaliper.models.inference.augmentations import AUGMENTATIONS
from radcaliper.models.inference.forward import Network, predict
from radcaliper.models.inference.letterbox import Letterbox
from radcaliper.models.inference.loading import load_predictor
from radcaliper.models.inference.mask_features import StructureMaps, mask_features
from radcaliper.models.inference.normalize import grey_range, scale_grey
from radcaliper.models.inference.postprocess import full_size_mask, largest_component, outline_certainty, without_tails
from radcaliper.models.registry import BUNDLES


def network_square(film: Radiograph, size: int) -> tuple[NDArray[np.float32], Letterbox]:
    """The film as network input, (size, size) in [0, 1] with its aspect kept, and the letterbox to bring maps back."""
    box = Letterbox.square(*film.shape, size)
    low, high = grey_range(film.pixels)
    return box.pad(scale_grey(box.shrink(film.pixels), low, high)), box


def probability_maps(square: NDArray[np.float32], bundle: str, network: Network) -> NDArray[np.float32]:
    """Probabilities (P, C, S, S) of the bundle's structures in each pass, transformed back to the film's square."""
    order = mirrored_order(tuple(BUNDLES[bundle].metadata["structures"]))
    in_passes = predict(network, np.stack([augmentation.apply(square) for augmentation in AUGMENTATIONS]))
    return np.stack([each.undo(maps, order) for each, maps in zip(AUGMENTATIONS, in_passes, strict=True)])


def _mask(name: str, probability: NDArray[np.float32]) -> Mask:
    mask = largest_component(probability)
    return without_tails(mask) if name in COMPACT else mask


def segment(film: Radiograph, bundle: str) -> Prediction:
    """Masks of all the bundle's structures at the film's own size; a structure that is not found has an empty mask."""
    return segment_by(load_predictor(bundle), film, bundle)


def _with_spine_band(names: list[str], maps: Maps, box: Letterbox) -> Maps:
    """A network's (C, S, S) maps, the spine's replaced by a smooth band where there are lungs beside it."""
    if not {*LUNGS, "spine"} <= set(names):
        return maps
    right, left = (largest_component(maps[names.index(name)]) for name in LUNGS)
    spine = names.index("spine")
    band = spine_band(right, left, maps[spine] > 0.5, box.film_rows)
    if band is None:
        return maps
    drawn = maps.copy()
    drawn[spine] = band.probability(right.shape)
    return drawn


def segment_by(network: Network, film: Radiograph, bundle: str) -> Prediction:
    """The same by another network than the bundle's own, such as a weakened one."""
    metadata = BUNDLES[bundle].metadata
    square, box = network_square(film, int(metadata["size"]))
    maps = probability_maps(square, bundle, network)
    names = list(metadata["structures"])
    drawn = _with_spine_band(names, maps.mean(axis=0), box)
    drawn_passes = [_with_spine_band(names, one, box) for one in maps]
    passes = [{name: _mask(name, one[c]) for c, name in enumerate(names)} for one in drawn_passes]
    structures = {
        name: StructureMaps(square, maps[:, c], _mask(name, drawn[c]), tuple(each[name] for each in passes))
        for c, name in enumerate(names)
    }
    origin = Point(*map(float, box.on_film(np.zeros(2))))
    return Prediction(
        masks={name: full_size_mask(drawn[c], structures[name].mask, box) for c, name in enumerate(names)},
        passes=tuple(Pass(masks, step=1 / box.scale, origin=origin) for masks in passes),
        agreement={name: mean_pairwise_dice(np.stack(each.pass_masks)) for name, each in structures.items()},
        margin={name: outline_certainty(each.mean, each.mask) for name, each in structures.items()},
        features={name: mask_features(each) for name, each in structures.items()},
    )
