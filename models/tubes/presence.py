"""Whether a line that was followed is there: from its whole course and from the whole window, not from a stretch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.tubes.course import CoursePath, path_length
from radcaliper.models.inference.arrays import Maps
from radcaliper.models.tubes.channels import VENOUS
from radcaliper.models.tubes.maps import channel

_LONG: Final = {"ett": 60.0, "ngt": 150.0, "cvc": 100.0, "tracheostomy": 35.0, "pacemaker_lead": 150.0}
"""Length of a usual course, in pixels of the map: 2 pixels of the window, about 1.6 mm of an adult."""
_COURSE_PIXELS: Final = 80


def entry_distance(kind: str, veins_end: NDArray[np.float64], ends: CoursePath) -> NDArray[np.float64]:
    """(N,) scores in pixels of (N, 2) ends, higher where a line of this kind more likely enters the film.

    Tubes enter from above, catheters and leads far beside or above the place ``veins_end``, where the great veins end.
    """
    beside = np.hypot(np.minimum(ends[:, 0] - veins_end[0], 0), ends[:, 1] - veins_end[1])
    return np.asarray(beside if kind in VENOUS else -ends[:, 0])


def _along(picture: NDArray[np.float32], path: CoursePath) -> NDArray[np.float64]:
    from scipy.ndimage import map_coordinates  # most films have no line, and it takes long to import

    return np.asarray(map_coordinates(picture, path.T, order=1, mode="nearest"), float)


def _likeliest(maps: Maps, kind: str) -> float:
    """The mean of the likeliest pixels of a kind's map, as many as any tube covers at least."""
    return float(np.partition(channel(maps, kind), -_COURSE_PIXELS, axis=None)[-_COURSE_PIXELS:].mean())


def course_features(kind: str, path: CoursePath, maps: Maps) -> dict[str, float]:
    """What speaks for a line of this kind along ``path`` (N, 2) of the maps, each 0 to 1.

    ``length`` as a share of a usual one, ``certainty`` the mean of its map along the course, ``continuity`` the 20th
    percentile of that, ``pooled`` the likeliest pixels of its map in the whole window; of a gastric tube also
    ``intubated``, those of the tracheal tube's map, for whoever has that mostly has a gastric tube.
    """
    own = _along(channel(maps, kind), path)
    features = {
        "length": min(1.0, path_length(path) / _LONG[kind]),
        "certainty": float(own.mean()),
        "continuity": float(np.percentile(own, 20)),
        "pooled": _likeliest(maps, kind),
    }
    return features | ({"intubated": _likeliest(maps, "ett")} if kind == "ngt" else {})


def presence(fit: Mapping[str, float], features: Mapping[str, float]) -> float:
    """Probability that a line with these features is there: logistic in their sum, with ``constant`` and ``slope``.

    The features weigh the same: so few real lines do not teach weights that hold for other patients.
    """
    return float(1 / (1 + np.exp(-(fit["constant"] + fit["slope"] * sum(features.values())))))
