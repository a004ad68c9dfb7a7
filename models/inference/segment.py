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
from radcaliper.models.inference.mask_features import SquareFilm, StructureMaps, mask_features
from radcaliper.models.inference.normalize import grey_range, scale_grey
from radcaliper.models.inference.postprocess import full_size_mask, largest_component, outline_certainty, without_tails
from radcaliper.models.registry import bundle_of


def network_square(film: Radiograph, size: int) -> tuple[NDArray[np.float32], Letterbox]:
    """The film as network input, (size, size) in [0, 1] with its aspect kept, and the letterbox to bring maps back."""
    box = Letterbox.square(*film.shape, size)
    low, high = grey_range(film.pixels)
    return box.pad(scale_grey(box.shrink(film.pixels), low, high)), box


def probability_maps(square: NDArray[np.float32], bundle: str, network: Network) -> NDArray[np.float32]:
    """Probabilities (P, C, S, S) of the bundle's structures in each pass, transformed back to the film's square."""
    order = mirrored_order(tuple(bundle_of(bundle).metadata["structures"]))
    in_passes = predict(network, np.stack([augmentation.apply(square) for augmentation in AUGMENTATIONS]))
    return np.stack([each.undo(maps, order) for each, maps in zip(AUGMENTATIONS, in_passes, strict=True)])


def _mask(name: str, probability: NDArray[np.float32]) -> Mask:
    mask = largest_component(probability)
    return without_tails(mask) if name in COMPACT else mask


def segment(film: Radiograph, bundle: str) -> Prediction:
    """Masks of all the bundle's structures at the film's own size; a structure that is not found has an empty mask."""
    return segment_by(load_predictor(bundle), film, bundle)


def _masks_and_maps(names: list[str], maps: Maps, box: Letterbox) -> tuple[dict[str, Mask], Maps]:
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


def segment_by(network: Network, film: Radiograph, bundle: str) -> Prediction:
    """The same by another network than the bundle's own, such as a weakened one."""
    metadata = bundle_of(bundle).metadata
    square, box = network_square(film, int(metadata["size"]))
    maps = probability_maps(square, bundle, network)
    names = list(metadata["structures"])
    masks, drawn = _masks_and_maps(names, maps.mean(axis=0), box)
    passes = [_masks_and_maps(names, one, box)[0] for one in maps]
    film_square = SquareFilm(square)
    structures = {
        name: StructureMaps(film_square, maps[:, c], masks[name], tuple(each[name] for each in passes))
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
