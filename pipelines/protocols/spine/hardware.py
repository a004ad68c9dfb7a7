"""Metal on the spine: rods, rows of screws, buckles of a brace. It hides end plates."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from radcaliper.measurements.spine.vertebra import Corners, centres
from radcaliper.measurements.types import Radiograph
from radcaliper.models.inference.normalize import grey_range, scale_grey
from radcaliper.models.spine.channels import COLS, ROWS
from radcaliper.models.spine.strip import smooth_centreline, strip_along
from radcaliper.models.spine.strip_margins import fitting_margins

_MARGINS: Final = (0.03, 0.03)
_WIDEST: Final = 13
"""Pixels of the strip, of which a vertebra's width has about 45, that metal is narrower than."""
_LONG: Final = 40
"""Rows of the strip, a little more than a vertebra, that metal runs along the spine."""
_BESIDE: Final = 12
"""Columns at either side of the strip that do not count."""
_RATHER_LONG: Final = 90
"""Percentile over the rows: metal lies along a tenth of the spine at least."""
HARDWARE: Final = 0.22
"""All 8 AASCE films with rods outside the held-out fold reach it, and 3 of 353 others, two of these with a brace."""


def brightness_of_metal(film: Radiograph, corners: Corners) -> float:
    """How much brighter than what lies beside it a long narrow thing on (N, 4, 2) vertebrae is, in the film's range.

    The strip along the column less its opening by a row of 13 pixels, averaged over 40 rows; of each row the brightest
    place, and of these the 90th percentile.
    """
    line = smooth_centreline(centres(corners), 1.0)
    width = float(np.median(np.hypot(*(corners[:, 1] - corners[:, 0]).T)))
    strip = strip_along(line, ROWS, COLS, fitting_margins(line, width, _MARGINS))
    grey = scale_grey(strip.sample(film.pixels), *grey_range(film.pixels))
    narrow = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, np.ones((1, _WIDEST), np.uint8))
    long = cv2.blur(narrow, (1, _LONG))[:, _BESIDE:-_BESIDE]
    return float(np.percentile(long.max(axis=1), _RATHER_LONG))
