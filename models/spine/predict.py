"""From an AP spine film to its vertebrae: locate the column, read it as straight strips, turn end plates to edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.geometry import Places
from radcaliper.measurements.region import RegionMasks
from radcaliper.measurements.spine.matching import match_vertebrae
from radcaliper.measurements.spine.vertebra import Corners, corner_landmarks, vertebra_names
from radcaliper.measurements.types import Pass, Prediction, Radiograph
from radcaliper.models.inference.arrays import Maps
from radcaliper.models.inference.forward import forward, predict, sigmoid
from radcaliper.models.inference.loading import load_predictor
from radcaliper.models.inference.local_contrast import local_contrast
from radcaliper.models.inference.normalize import normalize_grey
from radcaliper.models.inference.postprocess import largest_component
from radcaliper.models.inference.segment import network_square
from radcaliper.models.registry import BUNDLES
from radcaliper.models.spine.channels import COLS, PROBABILITIES, REACH, ROWS
from radcaliper.models.spine.decode import Vertebrae, decode
from radcaliper.models.spine.end_plates import END_PLATES, fit_end_plates, turned_to_edges, unsure_end_plates
from radcaliper.models.spine.levels import LevelEvidence, level_evidence, named_levels
from radcaliper.models.spine.outlines import column_outline, filled
from radcaliper.models.spine.quad_overlap import quad_dice
from radcaliper.models.spine.strip import Strip, path_length, smooth_centreline, strip_along
from radcaliper.models.spine.strip_margins import fitting_margins, mirrored_corners

LOCATOR: Final = "spine_locator"
VERTEBRAE: Final = "spine_vertebrae"
Margins = tuple[float, float]
"""The shares of the column's length that a strip extends beyond its top and its bottom."""
_FIRST_MARGINS: Final[Margins] = (0.05, 0.05)
_STRIPS: Final[tuple[tuple[Margins, bool], ...]] = (((0.05, 0.05), False), ((0.08, 0.08), True))
"""Margins of the strips along the vertebrae that the first one shows, and whether they are mirrored."""
_LEAST_ROWS: Final = 16
_LEAST_VERTEBRAE: Final = 5
_SAME: Final = 0.4
"""Distance of centres, in heights, within which vertebrae of two passes are the same one."""
_WORTH: Final = 0.3
"""A vertebra of lower confidence makes a sequence worse than one without it."""


def _agreement(corners: Corners, other: Corners) -> list[float]:
    """Dice of each vertebra with the same one in a pass; 0 where the pass lacks it."""
    same = match_vertebrae(corners, other, _SAME)
    return [0.0 if match is None else quad_dice(quad, other[match]) for quad, match in zip(corners, same, strict=True)]


@dataclass(frozen=True)
class Column:
    """The spine on a film: (N, 2) centres from the top down, N = 0 for none, and its mean width, in film pixels."""

    centres: Places
    width: float

    def __bool__(self) -> bool:
        """Whether a column was found."""
        return len(self.centres) > 0


def locate(film: Radiograph) -> Column:
    """The column of vertebrae that the locator finds."""
    square, box = network_square(film, int(BUNDLES[LOCATOR].metadata["size"]))
    network = load_predictor(LOCATOR)
    in_passes = predict(network, np.stack([square, np.ascontiguousarray(square[:, ::-1])]))
    mask = largest_component((in_passes[0, 0] + in_passes[1, 0, :, ::-1]) / 2)
    rows = np.flatnonzero(mask.any(axis=1))
    if len(rows) < _LEAST_ROWS:
        return Column(np.zeros((0, 2)), 0.0)
    cols = np.array([np.flatnonzero(mask[row]).mean() for row in rows])
    knots = np.linspace(0, len(rows) - 1, 24).round().astype(int)
    centres = smooth_centreline(np.stack([rows, cols], axis=1)[knots].astype(float), 1.0)
    on_film = box.on_film(centres)
    length = path_length(on_film)
    return Column(on_film, float(mask.sum()) / box.scale**2 / length)


@dataclass(frozen=True)
class _StripMaps:
    """A strip with the vertebra network's maps of it or of its mirror image; blobs and bodies are probabilities."""

    strip: Strip
    maps: Maps
    mirrored: bool

    def vertebrae(self) -> Vertebrae:
        """The vertebrae along the strip, in the film's pixels."""
        found = decode(self.maps)
        corners = mirrored_corners(found.corners) if self.mirrored else found.corners
        on_film = self.strip.to_film(corners.reshape(-1, 2)).reshape(-1, 4, 2)
        return Vertebrae(on_film, found.levels, found.confidence)


def _strip_maps(
    pixels: NDArray[np.float32], line: Places, width: float, margins: Margins, mirrored: bool
) -> _StripMaps:
    """What the vertebra network sees on the (H, W) film in [0, 1] along a centreline."""
    strip = strip_along(line, ROWS, COLS, fitting_margins(line, width, margins))
    grey = local_contrast(strip.sample(pixels), REACH)
    strip_input = np.ascontiguousarray(grey[:, ::-1]) if mirrored else grey
    maps = forward(load_predictor(VERTEBRAE), strip_input[None])[0]
    maps[PROBABILITIES] = sigmoid(maps[PROBABILITIES])
    return _StripMaps(strip, maps, mirrored)


def _merged(base: Vertebrae, passes: Sequence[Vertebrae]) -> Vertebrae:
    """The vertebrae of ``base``, each the mean over the passes that have it; passes without it lower its confidence."""
    same = [match_vertebrae(base.corners, each.corners, _SAME) for each in passes]
    corners, confidence = np.zeros_like(base.corners), np.zeros(len(base))
    for place in range(len(base)):
        in_passes = [(one, each[place]) for one, each in zip(passes, same, strict=True) if each[place] is not None]
        corners[place] = np.mean([one.corners[match] for one, match in in_passes], axis=0)
        confidence[place] = sum(one.confidence[match] for one, match in in_passes) / len(passes)
    return Vertebrae(corners, base.levels, confidence)


def _merged_passes(passes: Sequence[Vertebrae]) -> Vertebrae:
    """The merged vertebrae of that pass whose sequence scores best: vertebrae of low confidence lower the score."""
    return max((_merged(each, passes) for each in passes), key=lambda merged: float((merged.confidence - _WORTH).sum()))


def _passes(film: Radiograph, pixels: NDArray[np.float32]) -> tuple[tuple[Vertebrae, ...], LevelEvidence | None]:
    """The vertebrae of each pass, and the evidence for their levels; none where there is no column.

    The first strip runs along the locator's column, a second and a mirrored one along the vertebrae found on it.
    """
    column = locate(film)
    if not column:
        return (), None
    first_strip = _strip_maps(pixels, column.centres, column.width, _FIRST_MARGINS, mirrored=False)
    first = first_strip.vertebrae()
    if len(first) < _LEAST_VERTEBRAE:
        return (), None
    line = smooth_centreline(first.corners.mean(axis=1), 1.0)
    strips = [_strip_maps(pixels, line, first.width, margins, mirrored) for margins, mirrored in _STRIPS]
    return (first, *(strip.vertebrae() for strip in strips)), level_evidence(pixels, first.corners)


def _by_structure(of_vertebrae: NDArray[np.float64]) -> dict[str, float]:
    """(N,) values by vertebra, and their mean for the spine."""
    names = vertebra_names(len(of_vertebrae))
    return {"spine": float(of_vertebrae.mean()), **dict(zip(names, of_vertebrae.tolist(), strict=True))}


def predict_spine(film: Radiograph) -> Prediction:
    """Masks and corners of every vertebra, and the whole ``spine``; empty where no column of vertebrae is found."""
    pixels = normalize_grey(film.pixels)
    passes, evidence = _passes(film, pixels)
    vertebrae = _merged_passes(passes).on_film(film.shape) if passes else None
    if not vertebrae or evidence is None:
        return Prediction()
    fit = fit_end_plates(pixels, vertebrae.corners)
    corners, names = turned_to_edges(vertebrae.corners, fit), vertebra_names(len(vertebrae))
    regions = {"spine": filled(film.shape, column_outline(corners))}
    regions |= {name: filled(film.shape, quad[[0, 1, 3, 2]]) for name, quad in zip(names, corners, strict=True)}
    agreement = np.mean([_agreement(corners, each.corners) for each in passes], axis=0)
    return Prediction(
        masks=RegionMasks(regions),
        landmarks=corner_landmarks(corners, vertebrae.confidence),
        passes=tuple(Pass(landmarks=corner_landmarks(each.corners, each.confidence)) for each in passes),
        agreement=_by_structure(np.asarray(agreement)),
        margin=_by_structure(np.minimum(vertebrae.confidence, 1)),
        features={name: {END_PLATES: unsure} for name, unsure in zip(names, unsure_end_plates(fit), strict=True)},
        levels=named_levels(evidence.at(corners.mean(axis=1))),
    )
