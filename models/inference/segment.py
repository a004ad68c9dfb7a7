"""From a film to masks of a bundle's structures, with what quality needs to judge them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Mask, Radiograph, Segmentation, Variants
from radcaliper.models.chest.channels import COMPACT, mirrored_order
from radcaliper.models.inference.agreement import mean_pairwise_dice
from radcaliper.models.inference.augmentations import VIEWS
from radcaliper.models.inference.forward import Network, predict
from radcaliper.models.inference.letterbox import Letterbox
from radcaliper.models.inference.loading import load_predictor
from radcaliper.models.inference.mask_features import Answer, mask_doubts
from radcaliper.models.inference.normalize import grey_range, scale_grey
from radcaliper.models.inference.postprocess import full_size_mask, main_piece, outline_certainty, without_tails
from radcaliper.models.registry import BUNDLES


def network_square(film: Radiograph, size: int) -> tuple[NDArray[np.float32], Letterbox]:
    """The film as the networks see it: (size, size) in [0, 1], aspect kept, and the box that brings maps back."""
    box = Letterbox.square(*film.shape, size)
    low, high = grey_range(film.pixels)
    return box.pad(scale_grey(box.shrink(film.pixels), low, high)), box


def probability_maps(square: NDArray[np.float32], bundle: str, network: Network) -> NDArray[np.float32]:
    """Probabilities (V, C, S, S) of the bundle's structures in each of the fixed views, laid over the film."""
    structures = tuple(BUNDLES[bundle].metadata["structures"])
    order = mirrored_order(structures)
    seen = predict(network, np.stack([view.apply(square) for view in VIEWS]))
    return np.stack([view.undo(maps, order) for view, maps in zip(VIEWS, seen, strict=True)])


def _piece(name: str, probability: NDArray[np.float32]) -> Mask:
    piece = main_piece(probability)
    return without_tails(piece) if name in COMPACT else piece


def segment(film: Radiograph, bundle: str) -> Segmentation:
    """Masks of all the bundle's structures at the film's own size; a structure not seen has an empty mask."""
    return segment_by(load_predictor(bundle), film, bundle)


def segment_by(network: Network, film: Radiograph, bundle: str) -> Segmentation:
    """The same by another network than the bundle's own, as a weaker one to learn bad masks from."""
    metadata = BUNDLES[bundle].metadata
    square, box = network_square(film, int(metadata["size"]))
    views = probability_maps(square, bundle, network)
    mean = views.mean(axis=0)
    structures = metadata["structures"]
    pieces = {name: _piece(name, mean[c]) for c, name in enumerate(structures)}
    variants = [{name: _piece(name, view[c]) for c, name in enumerate(structures)} for view in views]
    answers = {
        name: Answer(square, views[:, c], pieces[name], tuple(v[name] for v in variants))
        for c, name in enumerate(structures)
    }
    return Segmentation(
        masks={name: full_size_mask(mean[c], pieces[name], box) for c, name in enumerate(structures)},
        variants=Variants(1 / box.scale, tuple(variants)),
        agreement={name: mean_pairwise_dice(np.stack([v[name] for v in variants])) for name in structures},
        margin={name: outline_certainty(mean[c], pieces[name]) for c, name in enumerate(structures)},
        doubts={name: mask_doubts(answer) for name, answer in answers.items()},
    )
