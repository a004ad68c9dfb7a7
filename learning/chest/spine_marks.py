"""The spine's mask on chest films against its borders as marked by eye on some rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from radcaliper.learning.datasets.spine import read_grey
from radcaliper.learning.scores import Score
from radcaliper.measurements.types import Mask, Masks, Radiograph
from radcaliper.pipelines.protocols.chest.predict import predict

MARKS: Final = "chest/spine_marks.csv"
_WITHIN: Final = 0.15


def _borders(row: Mask) -> tuple[float, float] | None:
    """First and last edge of a mask's row (W,); None where it is empty."""
    cols = np.flatnonzero(row)
    return (cols[0] - 0.5, cols[-1] + 0.5) if len(cols) else None


def _row_scores(dataset: str, image: str, row: Mask, left: float, right: float) -> Iterator[Score]:
    """Scores of one marked row of the spine's mask, in units of the width between its marks."""
    found, width, middle = _borders(row), right - left, (left + right) / 2
    yield Score(dataset, "found spine row", image, float(found is not None))
    if found is None:
        return
    off, wide = (sum(found) / 2 - middle) / width, (found[1] - found[0]) / width
    yield Score(dataset, "error spine middle, of its width", image, off, middle / width)
    yield Score(dataset, "error spine width, of its width", image, wide - 1, 1.0)
    yield Score(dataset, "spine width within 15 %", image, float(abs(wide - 1) <= _WITHIN))


def _behind_heart(masks: Masks, row: int, middle: float) -> bool:
    """Whether the spine lies behind heart or great vessels in this row."""
    hidden = masks["heart"] | masks["cardiomediastinum"]
    return bool(hidden[row, min(hidden.shape[1] - 1, round(middle))])


def marked_spine_scores(data: Path) -> Iterator[Score]:
    """Scores of every marked row of the films under ``data``, and of those behind heart and great vessels."""
    if not (data / MARKS).is_file():
        return
    for image, marks in pd.read_csv(data / MARKS).groupby("image", sort=False):
        masks = predict(Radiograph(read_grey(data / str(image)))).masks
        for y, left, right in marks[["y", "x_image_left_border", "x_image_right_border"]].to_numpy(float):
            row = min(len(masks["spine"]) - 1, round(y))
            yield from _row_scores("spine marks", str(image), masks["spine"][row], left, right)
            if _behind_heart(masks, row, (left + right) / 2):
                yield from _row_scores("spine marks, behind heart", str(image), masks["spine"][row], left, right)
