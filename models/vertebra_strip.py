"""How much of the film the strip of the vertebra network takes in."""

from __future__ import annotations

from typing import Final

import numpy as np

from radcaliper.models.strip import Points
from radcaliper.models.vertebra_maps import COLS, ROWS

_WIDEST: Final = 0.55
"""The column's width as a share of the strip's: lumbar bodies are half as wide again as the mean."""


def fitting_margins(centres: Points, width: float, margins: tuple[float, float]) -> tuple[float, float]:
    """Margins, as shares of the centreline's length, enlarged evenly until a column ``width`` film pixels wide fits.

    A film that shows few vertebrae has a short column: taken alone it would fill the strip's length and pass its sides.
    """
    length = float(np.hypot(*np.diff(centres, axis=0).T).sum())
    needed = width / (_WIDEST * COLS) * (ROWS - 1) / length - 1
    more = max(0.0, needed - sum(margins)) / 2
    return margins[0] + more, margins[1] + more
