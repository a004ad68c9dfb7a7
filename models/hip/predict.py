"""From a film to its hips: the whole film first, then a closer look at each hip that it shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from radcaliper.measurements.types import Mask, Pass, Point, Prediction, Radiograph
from radcaliper.models.hip.channels import CROP_RADII, SIDES
from radcaliper.models.inference.segment import segment

BUNDLE: Final = "hip_femur"
_BELOW: Final = 2.4
"""Head radii from the head's centre down to the middle of the closer look."""


def _window(head: Mask, femur: Mask) -> tuple[slice, slice] | None:
    """Rows and columns of the film around a hip, from the whole film's head and femur; None where there is none."""
    if not head.any() or not femur.any():
        return None
    row, col = np.argwhere(head).mean(axis=0)
    radius = float(np.sqrt(head.sum() / np.pi))
    centre = row + _BELOW * radius, (col + np.argwhere(femur).mean(axis=0)[1]) / 2
    starts = [max(0, round(middle - CROP_RADII / 2 * radius)) for middle in centre]
    ends = [round(middle + CROP_RADII / 2 * radius) for middle in centre]
    return slice(starts[0], ends[0]), slice(starts[1], ends[1])


def _moved(one: Pass, origin: Point) -> Pass:
    """A pass over a part of the film that begins at ``origin``, in the whole film's coordinates."""
    return replace(one, origin=Point(one.origin.row + origin.row, one.origin.col + origin.col))


def _look_closer(film: Radiograph, rows: slice, cols: slice) -> Prediction:
    """The prediction on a part of the film."""
    seen = segment(replace(film, pixels=np.ascontiguousarray(film.pixels[rows, cols])), BUNDLE)
    origin = Point(rows.start, cols.start)
    return replace(seen, passes=tuple(_moved(one, origin) for one in seen.passes), origin=origin)


def _over(whole: Mask, part: Mask, origin: Point) -> Mask:
    """The mask of the whole film, with the part's where that looked."""
    canvas, (top, left) = whole.copy(), map(int, origin)
    canvas[top : top + part.shape[0], left : left + part.shape[1]] = part
    return canvas


def predict_hips(film: Radiograph) -> Prediction:
    """The network's structures on the whole film; femora from the closer looks, which stand by side in ``closer``."""
    whole = segment(film, BUNDLE)
    windows = {side: _window(whole.masks[f"{side}_head"], whole.masks[f"{side}_femur"]) for side in SIDES}
    closer = {side: _look_closer(film, *window) for side, window in windows.items() if window is not None}
    femora = {f"{side}_femur": look for side, look in closer.items()}
    return replace(
        whole,
        masks={**whole.masks, **{n: _over(whole.masks[n], look.masks[n], look.origin) for n, look in femora.items()}},
        agreement={**whole.agreement, **{name: look.agreement[name] for name, look in femora.items()}},
        margin={**whole.margin, **{name: look.margin[name] for name, look in femora.items()}},
        passes=(),
        features={},
        closer=closer,
    )
