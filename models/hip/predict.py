"""From a film to its hips: the whole film first, then a closer look at each hip that it shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from radcaliper.measurements.types import Mask, Pass, Point, Prediction, Radiograph
from radcaliper.models.hip.channels import CROP_RADII, SIDES
from radcaliper.models.inference.segment import segment_masks

BUNDLE: Final = "hip_femur"
_ONE_BONE: Final = 2
"""Components of a mask in one piece, what lies around it among them."""
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
    seen = segment_masks(replace(film, pixels=np.ascontiguousarray(film.pixels[rows, cols])), BUNDLE)
    origin = Point(rows.start, cols.start)
    return replace(seen, passes=tuple(_moved(one, origin) for one in seen.passes), origin=origin)


def with_closer_look(whole: Mask, part: Mask, origin: Point) -> Mask:
    """The mask of the whole film, with the part's where that looked; what does not join the part's is another bone."""
    canvas, (top, left) = whole.copy(), map(int, origin)
    canvas[top : top + part.shape[0], left : left + part.shape[1]] = part
    count, labels = cv2.connectedComponents(canvas.view(np.uint8), connectivity=4)
    if count <= _ONE_BONE:
        return canvas
    joins = np.bincount(labels[top : top + part.shape[0], left : left + part.shape[1]].ravel(), minlength=count) > 0
    return np.asarray(canvas & joins[labels])


def predict_hips(film: Radiograph) -> Prediction:
    """The network's structures on the whole film; femora from the closer looks, which stand by side in ``closer``."""
    whole = segment_masks(film, BUNDLE)
    windows = {side: _window(whole.masks[f"{side}_head"], whole.masks[f"{side}_femur"]) for side in SIDES}
    closer = {side: _look_closer(film, *window) for side, window in windows.items() if window is not None}
    femora = {f"{side}_femur": look for side, look in closer.items()}
    seen = {name: with_closer_look(whole.masks[name], look.masks[name], look.origin) for name, look in femora.items()}
    return replace(
        whole,
        masks={**whole.masks, **seen},
        agreement={**whole.agreement, **{name: look.agreement[name] for name, look in femora.items()}},
        margin={**whole.margin, **{name: look.margin[name] for name, look in femora.items()}},
        passes=(),
        closer=closer,
    )
