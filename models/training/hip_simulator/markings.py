"""What lies on a film beside the patient: side letters, text, rulers, calibration balls, buttons, lines."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from radcaliper.models.training.hip_simulator.projection import Image

WORDS: Final = ("R", "L", "R", "L", "AP", "PELVIS", "12:41", "SUPINE", "1.0 cm", "kV 75", "STEHEND", "cm", "5 cm det.")


def _stamp(grey: Image, shape: np.ndarray, value: float, opacity: float) -> Image:
    share = shape.astype(np.float32) / 255 * opacity
    return np.asarray(grey * (1 - share) + value * share, np.float32)


def _text(rng: np.random.Generator, grey: Image) -> Image:
    height, width = grey.shape
    canvas = np.zeros(grey.shape, np.uint8)
    word = WORDS[rng.integers(len(WORDS))]
    size = rng.uniform(0.3, 1.1) * max(grey.shape) / 320
    at = (int(rng.uniform(0, 0.9) * width), int(rng.uniform(0.05, 0.99) * height))
    thick = int(rng.integers(1, 4))
    cv2.putText(canvas, word, at, cv2.FONT_HERSHEY_SIMPLEX, size, 255, thick, cv2.LINE_AA)
    if rng.random() < 0.2:
        canvas = np.ascontiguousarray(canvas[:, ::-1])
    return _stamp(grey, canvas, float(rng.choice([0.0, 1.0, 1.0, 1.0])), rng.uniform(0.6, 1))


def _ruler(rng: np.random.Generator, grey: Image, pixel_mm: float) -> Image:
    height, width = grey.shape
    canvas = np.zeros(grey.shape, np.uint8)
    col, top = int(rng.uniform(0, 1) * width), int(rng.uniform(0, 0.5) * height)
    step = 10 / pixel_mm
    for tick in range(int(rng.integers(4, 25))):
        row = round(top + tick * step)
        length = round((9 if tick % 5 == 0 else 4) / pixel_mm)
        cv2.line(canvas, (col, row), (col + length, row), 255, 1)
    if rng.random() < 0.5:
        canvas = np.ascontiguousarray(canvas if height != width else canvas.T)
    return _stamp(grey, canvas, 1.0, rng.uniform(0.4, 1))


def _ball(rng: np.random.Generator, grey: Image, pixel_mm: float) -> Image:
    """A calibration ball or coin, a button, or a ring of dense material."""
    height, width = grey.shape
    canvas = np.zeros(grey.shape, np.uint8)
    centre = (int(rng.uniform(0, 1) * width), int(rng.uniform(0, 1) * height))
    radius = round(rng.choice([rng.uniform(12, 17), rng.uniform(3, 8)]) / pixel_mm)
    thick = -1 if rng.random() < 0.7 else max(1, round(2 / pixel_mm))
    cv2.circle(canvas, centre, radius, 255, thick, cv2.LINE_AA)
    return _stamp(grey, canvas, rng.uniform(0.7, 1), rng.uniform(0.3, 1))


def _line(rng: np.random.Generator, grey: Image, pixel_mm: float) -> Image:
    """A drain, wire or scratch."""
    canvas = np.zeros(grey.shape, np.uint8)
    ends = rng.uniform(-0.1, 1.1, (3, 2)) * grey.shape[::-1]
    t = np.linspace(0, 1, 40)[:, None]
    curve = (1 - t) ** 2 * ends[0] + 2 * t * (1 - t) * ends[1] + t**2 * ends[2]
    thick = max(1, round(rng.uniform(0.5, 2.5) / pixel_mm))
    cv2.polylines(canvas, [np.round(curve).astype(np.int32)], False, 255, thick, cv2.LINE_AA)
    return _stamp(grey, canvas, float(rng.choice([0.1, 0.9])), rng.uniform(0.15, 0.7))


def add_markings(rng: np.random.Generator, grey: Image, pixel_mm: float) -> Image:
    """The film (H, W) in [0, 1] with some of the above."""
    for _ in range(rng.integers(0, 4)):
        grey = _text(rng, grey)
    if rng.random() < 0.2:
        grey = _ruler(rng, grey, pixel_mm)
    while rng.random() < 0.3:
        grey = _ball(rng, grey, pixel_mm)
    if rng.random() < 0.15:
        grey = _line(rng, grey, pixel_mm)
    return grey
