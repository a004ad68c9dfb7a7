"""Descriptors of one mask: how its outline lies in the grey and in the network's maps. Its loss of Dice is learned.

Unlike quality features, they have any sign, and none says by itself whether a mask is good. Grey is in units of the
film's contrast, from its dark parts upwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.models.inference.arrays import Grey
from radcaliper.models.inference.mask_features import SquareFilm, StructureMaps
from radcaliper.models.inference.outline import Outline

_QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
_REACH: Final = 8
_ACROSS: Final = np.arange(-_REACH, _REACH + 1) * 2 / 384
"""Distances across the outline, outwards, as shares of the square's side; the outline lies at place ``_REACH``."""
_IN: Final = slice(_REACH - 3, _REACH)
_OUT: Final = slice(_REACH + 1, _REACH + 4)
_DEEP_IN: Final = slice(_REACH - 5, _REACH - 1)
_FAR_OUT: Final = slice(_REACH + 2, _REACH + 6)
_BESIDE: Final = (_REACH - 4, _REACH + 4)
_SECTORS: Final = 8
_NO_EDGE: Final = 0.08
_FLAT: Final = 0.03
"""Texture under which a part of a film is flat: covered, clipped, or beyond the film."""
_BRIGHT: Final = 0.8
_TURN: Final = 3
_STRAIGHT: Final = 0.06
"""Radians over ``_TURN`` points of an outline, of 96, under which it is straight there."""
_DARK_BELOW: Final = 0.02
_WHITE_ABOVE: Final = 0.98

Descriptors = dict[str, float]
_PerPoint = NDArray[np.floating]


def _quantiles(values: Mapping[str, _PerPoint]) -> Descriptors:
    """The quantiles of each of several arrays of one length."""
    found = np.quantile(np.stack([*values.values()]), _QUANTILES, axis=1).T
    return {
        f"{name} {at:g}": float(q)
        for name, each in zip(values, found, strict=True)
        for at, q in zip(_QUANTILES, each, strict=True)
    }


def _longest_run(flags: NDArray[np.bool_]) -> float:
    """The longest stretch of a closed outline where ``flags`` hold, as a share of it."""
    gaps = np.flatnonzero(~flags)
    if len(gaps) == 0:
        return 1.0
    return float(np.diff(np.append(gaps, gaps[0] + len(flags))).max() - 1) / len(flags)


def _is_straight(outline: Outline) -> NDArray[np.bool_]:
    """(N,) whether the outline hardly turns at each of its points: anatomy bends, plates do not."""
    chord = np.roll(outline.places, -_TURN, axis=0) - outline.places
    angle = np.arctan2(chord[:, 0], chord[:, 1])
    turn = np.roll(angle, -_TURN) - angle
    return np.asarray(np.abs(np.angle(np.exp(1j * turn))) < _STRAIGHT)


def _sector(outline: Outline, mirrored: bool) -> NDArray[np.intp]:
    """(N,) the eighth of the outline, by angle about its middle; of a left lung as of its mirror image."""
    down, across = (outline.places - outline.places.mean(axis=0)).T
    angle = np.arctan2(down, -across if mirrored else across)
    return np.asarray((angle + np.pi) / (2 * np.pi) * _SECTORS, dtype=np.intp) % _SECTORS


def _along_outline(structure: StructureMaps, neighbours: Grey, mirrored: bool) -> Descriptors:
    """Edges, grey, texture and certainty along the outline: quantiles, shares, longest runs and means of eighths."""
    film, outline, side = structure.film, structure.outline, structure.mask.shape[0]
    grey = (outline.across(film.smooth, _ACROSS * side) - film.dark) / film.contrast
    certain, beside = (outline.across(each, _ACROSS * side) for each in (structure.map, neighbours))
    texture = outline.across(film.texture, _ACROSS[list(_BESIDE)] * side)
    inner, outer = grey[:, _BESIDE[0]], grey[:, _BESIDE[1]]
    edge = grey[:, _OUT].mean(axis=1) - grey[:, _IN].mean(axis=1)
    softness = ((certain > 0.1) & (certain < 0.9)).mean(axis=1)
    steps = np.diff(grey, axis=1) * (1.0 if edge.mean() > 0 else -1.0)
    flat, edgeless = texture.min(axis=1) < _FLAT, np.abs(edge) < _NO_EDGE
    per_point = {
        "edge": edge,
        "wide edge": grey[:, _FAR_OUT].mean(axis=1) - grey[:, _DEEP_IN].mean(axis=1),
        "softness": softness,
        "slope": np.abs(np.diff(certain, axis=1)).max(axis=1),
        "steepest": np.abs(steps).max(axis=1),
        "likeliest edge": steps.max(axis=1),
        "edge beside": np.abs(steps.argmax(axis=1) - _REACH + 0.5),
        "inner grey": inner,
        "outer grey": outer,
        "inner texture": texture[:, 0],
        "outer texture": texture[:, 1],
        "neighbour": beside[:, _BESIDE[1]],
        "inner certainty": certain[:, _BESIDE[0]],
        "outer certainty": certain[:, _BESIDE[1]],
    }
    flags = {
        "edgeless": edgeless,
        "soft": softness > 1.5 * np.median(softness),
        "flat": flat,
        "bright within": inner > _BRIGHT,
        "bright around": outer > _BRIGHT,
        "straight": _is_straight(outline),
    }
    found = {
        "explained around": float((certain + beside)[:, _OUT].mean()),
        "soft and edgeless": float((softness * edgeless).mean()),
    }
    found |= _quantiles(per_point)
    for name, holds in flags.items():
        found |= {f"{name} share": float(holds.mean()), f"{name} run": _longest_run(holds)}
    sector = _sector(outline, mirrored)
    points = np.maximum(np.bincount(sector, minlength=_SECTORS), 1)
    for name, values in (("edge", edge), ("softness", softness), ("inner grey", inner)):
        means = np.bincount(sector, values, minlength=_SECTORS) / points
        found |= {f"{name} of eighth {place}": float(mean) for place, mean in enumerate(means)}
    return found


def _within(structure: StructureMaps) -> Descriptors:
    """Grey, texture and certainty within the mask, and its shape."""
    film, mask = structure.film, structure.mask
    grey, texture = film.smooth[mask], film.texture[mask]
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(outlines, key=len)
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    height, width = film.part
    borders = (rows[0] - height.start, height.stop - 1 - rows[-1], cols[0] - width.start, width.stop - 1 - cols[-1])
    area, p = int(mask.sum()), np.clip(structure.map, 1e-4, 1 - 1e-4)
    return _quantiles({"grey": (grey - film.dark) / film.contrast}) | {
        "median texture": float(np.median(texture)),
        "least texture": float(np.quantile(texture, 0.1)),
        "white": float((grey > _WHITE_ABOVE).mean()),
        "black": float((grey < _DARK_BELOW).mean()),
        "undecided": float(-(p * np.log(p) + (1 - p) * np.log(1 - p)).sum() / area),
        "to border": float(min(borders)) / mask.shape[0],
        "area": area / mask.size,
        "solidity": area / max(1.0, float(cv2.contourArea(cv2.convexHull(outline)))),
        "roundness": 4 * np.pi * area / max(1.0, cv2.arcLength(outline, True)) ** 2,
    }


def film_descriptors(film: SquareFilm) -> Descriptors:
    """The film's exposure and grain, which are the same for all of its masks."""
    shown, texture = film.grey[film.part], film.texture[film.part][::3, ::3]
    return {
        "film white": float((shown > _WHITE_ABOVE).mean()),
        "film black": float((shown < _DARK_BELOW).mean()),
        "film contrast": film.contrast,
        "film texture": float(np.median(texture)),
        "film least texture": float(np.quantile(texture, 0.1)),
        "film grain": float(np.abs(cv2.Laplacian(shown, cv2.CV_32F)).mean()) / film.contrast,
    }


def mask_descriptors(structure: StructureMaps, neighbours: Grey, mirrored: bool) -> Descriptors:
    """The descriptors of one structure's mask, but for those of the film; empty where nothing was found.

    ``neighbours`` is the (S, S) map of what lies beside the structure; a ``mirrored`` one is described as its mirror
    image is, so that left and right lungs are learned together.
    """
    if not structure.mask.any():
        return {}
    return _along_outline(structure, neighbours, mirrored) | _within(structure)
