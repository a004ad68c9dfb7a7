"""What is known of a packed film's real tubes, in the frame of its window, as text and as targets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.chest.tubes.lines import draw_path
from radcaliper.learning.chest.tubes.targets import halved, heat_map
from radcaliper.measurements.tubes.course import CoursePath
from radcaliper.models.inference.arrays import Maps
from radcaliper.models.tubes.channels import BODIES, REPORTED, TUBE_CHANNELS, TUBES

_WALLS_MM: Final = 10.0
"""Width that a real tube in the trachea is drawn with in the target."""
_NEAR: Final = np.ones((9, 9), np.uint8)


@dataclass(frozen=True)
class Labels:
    """Presence by structure (None: not known), tips (2,) and followed courses (N, 2), in the window's pixels."""

    presence: Mapping[str, bool | None]
    tips: Mapping[str, CoursePath]
    courses: Mapping[str, CoursePath]

    def as_json(self) -> str:
        """The labels as text."""
        places = {
            name: {kind: np.round(place, 2).tolist() for kind, place in table.items()}
            for name, table in (("tips", self.tips), ("courses", self.courses))
        }
        return json.dumps({"presence": dict(self.presence)} | places)

    @classmethod
    def from_json(cls, text: str) -> Labels:
        """The labels that ``as_json`` wrote."""
        content = json.loads(text)
        tips, courses = (
            {kind: np.array(place, float) for kind, place in content[name].items()} for name in ("tips", "courses")
        )
        return cls(content["presence"], tips, courses)

    def moved(self, matrix: NDArray[np.float64]) -> Labels:
        """The labels in another frame: ``matrix`` (2, 3) brings (row, col, 1) there."""
        tips, courses = (
            {kind: place @ matrix[:, :2].T + matrix[:, 2] for kind, place in table.items()}
            for table in (self.tips, self.courses)
        )
        return Labels(self.presence, tips, courses)


@dataclass(frozen=True)
class Targets:
    """``target`` and ``known`` (C, H/2, W/2), and which structures are only known to be somewhere (len(REPORTED),)."""

    target: Maps
    known: Maps
    somewhere: NDArray[np.float32]


def _real_bodies(labels: Labels, bits: NDArray[np.uint8], shape: tuple[int, int], mm: float) -> dict[str, Maps]:
    """The (H/2, W/2) maps of the real tubes whose outlines are known, from masks or from courses followed."""
    found = {}
    for kind in REPORTED:
        mask = (bits >> np.uint8(BODIES.index(kind))) & 1
        canvas = cv2.resize(mask * np.uint8(255), (shape[1] // 2, shape[0] // 2), interpolation=cv2.INTER_AREA)
        if mask.any():
            canvas = cv2.dilate(canvas, np.ones((3, 3), np.uint8))
        elif kind in labels.courses:
            draw_path(canvas, halved(labels.courses[kind]), max(2, round(_WALLS_MM * mm / 2)))
        if canvas.any():
            found[kind] = canvas.astype(np.float32) / np.float32(255)
    return found


def with_real_tubes(drawn: Maps, labels: Labels, bits: NDArray[np.uint8], mm: float, clean: bool) -> Targets:
    """Add what is known of a film's own tubes to the targets (C, H/2, W/2) of what was drawn into it.

    ``bits`` (H, W) are its labelled masks and ``mm`` the pixels of that frame for each millimetre. ``clean`` says that
    the film has no wires of its own.
    """
    shape, target = (bits.shape[0], bits.shape[1]), drawn.copy()
    bodies = _real_bodies(labels, bits, shape, mm)
    for kind, body in bodies.items():
        target[BODIES.index(kind)] = np.maximum(target[BODIES.index(kind)], body)
    near = cv2.dilate(target[: len(BODIES)].max(axis=0), _NEAR) > 0
    known = np.ones_like(target)
    for kind in REPORTED:
        if labels.presence[kind] is not False and kind not in bodies:
            known[BODIES.index(kind)] = near
    for kind in TUBES:
        channel = TUBE_CHANNELS.index(f"{kind}_tip")
        if kind in labels.tips:
            target[channel] = np.maximum(target[channel], heat_map([labels.tips[kind]], shape))
        elif labels.presence[kind] is not False:
            known[channel] = near
    if not clean:
        known[BODIES.index("other")] = near
    somewhere = [labels.presence[kind] is True and kind not in bodies for kind in REPORTED]
    return Targets(target, known, np.array(somewhere, np.float32))
