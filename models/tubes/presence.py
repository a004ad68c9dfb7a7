"""Whether a line that was followed is there: from its whole course and from the whole window, not from a stretch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from radcaliper.measurements.tubes.course import CoursePath, path_length
from radcaliper.models.tubes.channels import BODIES, VENOUS
from radcaliper.models.tubes.maps import WindowMaps, channel

_LONG: Final = {"ett": 60.0, "ngt": 150.0, "cvc": 100.0, "tracheostomy": 35.0, "pacemaker_lead": 150.0}
"""Length of a usual course, in pixels of the map: 2 pixels of the window, about 1.6 mm of an adult."""
_FAR_ASIDE: Final = 50.0
"""Distance of a catheter's entry from where the great veins end, from which it comes from outside, in the same."""
_TOP: Final = 0.3
"""Share of the window's height within which tubes enter."""
_COURSE_PIXELS: Final = 80
_ASIDE: Final = 5.0
"""Where a line's surroundings are looked at, in pixels of the map to either side."""
FEATURES: Final = ("length", "certainty", "continuity", "tip", "entry", "pooled", "contrast", "alone")


def entry_distance(kind: str, veins_end: NDArray[np.float64], ends: CoursePath) -> NDArray[np.float64]:
    """(N,) scores in pixels of (N, 2) ends, higher where a line of this kind more likely enters the film.

    Tubes enter from above, catheters and leads far beside or above the place ``veins_end``, where the great veins end.
    """
    beside = np.hypot(np.minimum(ends[:, 0] - veins_end[0], 0), ends[:, 1] - veins_end[1])
    return np.asarray(beside if kind in VENOUS else -ends[:, 0])


def _along(picture: NDArray[np.float32], path: CoursePath) -> NDArray[np.float64]:
    return np.asarray(map_coordinates(picture, path.T, order=1, mode="nearest"), float)


def _contrast(picture: NDArray[np.float32], path: CoursePath) -> float:
    """How much brighter the film is on the course than on either side of it, in its own standard deviations."""
    smooth = np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.0), np.float32)
    step = np.gradient(path, axis=0) if len(path) > 1 else np.ones((1, 2))
    across = np.stack([-step[:, 1], step[:, 0]], axis=1) / np.maximum(np.linalg.norm(step, axis=1), 1e-6)[:, None]
    sides = [_along(smooth, path + way * _ASIDE * across) for way in (-1, 1)]
    return float((_along(smooth, path) - np.mean(sides, axis=0)).mean() / (smooth.std() + 1e-6))


def course_features(
    kind: str, path: CoursePath, tip_heat: float, veins_end: NDArray[np.float64], seen: WindowMaps
) -> dict[str, float]:
    """What speaks for a line of this kind along ``path`` (N, 2) of the map; each rises with its probability.

    ``length`` as a share of a usual one, ``certainty`` the mean of its map along the course, ``continuity`` the 20th
    percentile of that, ``tip`` its tip's heat, ``entry`` whether it comes from where such lines do, ``pooled`` the
    likeliest pixels of its map in the whole window, ``contrast`` on the film, ``alone`` how little any other map claims
    the course.
    """
    maps = seen.mean
    own = _along(channel(maps, kind), path)
    rivals = [float(_along(channel(maps, other), path).mean()) for other in BODIES if other != kind]
    entry = float(entry_distance(kind, veins_end, path[:1])[0])
    from_where = entry / _FAR_ASIDE if kind in VENOUS else 1 + entry / (_TOP * maps.shape[1])
    return {
        "length": min(1.0, path_length(path) / _LONG[kind]),
        "certainty": float(own.mean()),
        "continuity": float(np.percentile(own, 20)),
        "tip": tip_heat,
        "entry": float(np.clip(from_where, 0, 1)),
        "pooled": float(np.sort(channel(maps, kind), axis=None)[-_COURSE_PIXELS:].mean()),
        "contrast": float(np.clip(_contrast(seen.contrast, path), 0, 2)),
        "alone": 1 - max(rivals),
    }


def presence_logit(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    """The logit of a line's presence: a constant and a weight for each feature."""
    return weights["constant"] + sum(weights[name] * value for name, value in features.items())


def presence(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    """Probability that a line with these features is there."""
    return float(1 / (1 + np.exp(-presence_logit(weights, features))))
