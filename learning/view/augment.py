"""One film as it may come: cropped, badly exposed, negative, framed, turned, photographed with a phone, compressed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.models.inference.arrays import Grey
from radcaliper.models.view.predict import view_square

LONGEST: Final = 400
"""Pixels of a film's longer side before it is changed: no more is seen of it at the network's size."""
_SWAPPED: Final = {"ap_hip_right": "ap_hip_left", "ap_hip_left": "ap_hip_right"}


@dataclass(frozen=True, eq=False)
class Shown:
    """A changed film in the network's square (S, S) uint8, and the truth about it.

    ``turns`` are the quarter turns counter-clockwise that put it upright.
    """

    square: NDArray[np.uint8]
    kind: str
    turns: int
    mirrored: bool
    negative: bool


def _chance(rng: np.random.Generator, share: float) -> bool:
    return bool(rng.random() < share)


def smaller(grey: Grey) -> Grey:
    """The film (H, W) with its longer side at most LONGEST pixels."""
    scale = LONGEST / max(grey.shape)
    if scale >= 1:
        return grey
    size = max(8, round(grey.shape[1] * scale)), max(8, round(grey.shape[0] * scale))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32)


def cropped(grey: Grey, most: float, rng: np.random.Generator) -> Grey:
    """Without up to ``most`` of the film's length at each side."""
    height, width = grey.shape
    top, bottom, left, right = rng.uniform(0, most, 4)
    rows = slice(int(top * height), max(int(top * height) + 8, int((1 - bottom) * height)))
    cols = slice(int(left * width), max(int(left * width) + 8, int((1 - right) * width)))
    return grey[rows, cols]


def _tilted(grey: Grey, rng: np.random.Generator) -> Grey:
    """Turned by a few degrees and stretched along one side."""
    height, width = grey.shape
    degrees = float(rng.normal(0, 5))
    stretch = float(np.exp(rng.normal(0, 0.1)))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[0] *= stretch
    size = max(8, round(width * stretch)), height
    fill = cv2.BORDER_REPLICATE if _chance(rng, 0.3) else cv2.BORDER_CONSTANT
    return np.asarray(cv2.warpAffine(grey, matrix, size, flags=cv2.INTER_LINEAR, borderMode=fill))


def _exposed(grey: Grey, rng: np.random.Generator) -> Grey:
    """Another film curve, exposure, local contrast and grain."""
    film = np.power(grey, np.float32(np.exp(rng.normal(0, 0.4))))
    if _chance(rng, 0.2):
        limit = cv2.createCLAHE(float(rng.uniform(1, 5)), (4, 4))
        film = limit.apply((film * 255).astype(np.uint8)).astype(np.float32) / 255
    if _chance(rng, 0.3):
        low, high = rng.uniform(-0.1, 0.3), rng.uniform(0.65, 1.1)
        film = (film - low) / (high - low)
    if _chance(rng, 0.3):
        film = film - rng.uniform(0.2, 0.7) * cv2.GaussianBlur(film, (0, 0), 0.1 * max(film.shape)) + 0.2
    if _chance(rng, 0.3):
        film = cv2.GaussianBlur(film, (0, 0), float(rng.uniform(0.4, 2.5)))
    if _chance(rng, 0.4):
        film = film + rng.uniform(0, 0.09) * rng.standard_normal(film.shape)
    return np.clip(film, 0, 1).astype(np.float32)


def _marked(grey: Grey, rng: np.random.Generator) -> Grey:
    """Letters, arrows and bars, as of side markers and captions."""
    film = (grey * 255).astype(np.uint8)
    height, width = film.shape
    for _ in range(int(rng.integers(1, 4))):
        place = int(rng.integers(width)), int(rng.integers(height))
        bright, size = float(rng.choice([0, 255])), max(film.shape)
        kind = int(rng.integers(3))
        if kind == 0:
            word = str(rng.choice(["R", "L", "AP", "PA", "SUPINE", "12:30", "A", "1", "PORTABLE"]))
            cv2.putText(film, word, place, 0, float(rng.uniform(0.001, 0.004)) * size, bright, 1 + int(rng.integers(3)))
        elif kind == 1:
            end = place[0] + int(rng.normal(0, 0.1 * size)), place[1] + int(rng.normal(0, 0.1 * size))
            cv2.arrowedLine(film, place, end, bright, 1 + int(rng.integers(3)))
        else:
            end = place[0] + int(rng.integers(size // 4)), place[1] + int(rng.integers(size // 10))
            cv2.rectangle(film, place, end, bright, -1)
    return np.asarray(film, np.float32) / np.float32(255)


def framed(grey: Grey, rng: np.random.Generator) -> Grey:
    """With a black, grey or white border, as of scans and screenshots."""
    most = float(rng.choice([0.05, 0.3]))
    top, bottom, left, right = (int(share * max(grey.shape)) for share in rng.uniform(0, most, 4))
    shade = float(rng.choice([0.0, 1.0, rng.uniform(0, 1)]))
    return np.asarray(cv2.copyMakeBorder(grey, top, bottom, left, right, cv2.BORDER_CONSTANT, value=shade))


def photographed(grey: Grey, rng: np.random.Generator) -> Grey:
    """As photographed from a light box or a screen: perspective, surroundings, uneven light, glare, moire."""
    height, width = grey.shape
    margin = float(rng.uniform(0.02, 0.18))
    pad = int(margin * max(grey.shape))
    rows, cols = height + 2 * pad, width + 2 * pad
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + pad + rng.normal(0, 0.35 * pad, (4, 2)).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    surround = np.full((rows, cols), rng.uniform(0, 1), np.float32)
    rough = rng.standard_normal((6, 6)).astype(np.float32)
    surround += float(rng.uniform(0, 0.15)) * cv2.resize(rough, (cols, rows), interpolation=cv2.INTER_CUBIC)
    film = cv2.warpPerspective(grey, matrix, (cols, rows), flags=cv2.INTER_AREA)
    inside = cv2.warpPerspective(np.ones_like(grey), matrix, (cols, rows), flags=cv2.INTER_LINEAR)
    low, high = rng.uniform(0, 0.3), rng.uniform(0.6, 1)
    picture = inside * (low + (high - low) * film) + (1 - inside) * surround
    light = cv2.resize(rng.uniform(0.6, 1.2, (3, 3)).astype(np.float32), (cols, rows), interpolation=cv2.INTER_CUBIC)
    picture *= light
    ys, xs = np.mgrid[:rows, :cols].astype(np.float32)
    if _chance(rng, 0.4):
        place, reach = rng.uniform(0, 1, 2) * [rows, cols], rng.uniform(0.03, 0.15) * max(rows, cols)
        glare = np.exp(-((ys - place[0]) ** 2 + (xs - place[1]) ** 2) / (2 * reach**2))
        picture = picture + float(rng.uniform(0.2, 0.8)) * glare
    if _chance(rng, 0.3):
        period, angle = rng.uniform(2.5, 9), rng.uniform(0, np.pi)
        wave = np.sin(2 * np.pi * (np.cos(angle) * xs + np.sin(angle) * ys) / period)
        picture = picture + float(rng.uniform(0.01, 0.06)) * wave
    return np.asarray(np.clip(picture, 0, 1), np.float32)


def _compressed(grey: Grey, rng: np.random.Generator) -> Grey:
    """At low resolution and as a JPEG of low quality."""
    film = grey
    if _chance(rng, 0.4):
        scale = float(rng.uniform(70, 220)) / max(film.shape)
        if scale < 1:
            size = max(4, round(film.shape[1] * scale)), max(4, round(film.shape[0] * scale))
            film = np.asarray(cv2.resize(film, size, interpolation=cv2.INTER_AREA), np.float32)
    if _chance(rng, 0.5):
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(12, 80))]
        _, content = cv2.imencode(".jpg", (film * 255).astype(np.uint8), quality)
        film = cv2.imdecode(content, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
    return film


def plain(grey: Grey, kind: str) -> Shown:
    """The film as it is."""
    return Shown((view_square(grey) * 255).astype(np.uint8), kind, 0, False, False)


def posed(grey: Grey, rng: np.random.Generator) -> Grey:
    """The film (H, W) in [0, 1] upright, but cropped, tilted and exposed otherwise."""
    return _exposed(_tilted(cropped(smaller(grey), 0.1, rng), rng), rng)


@dataclass(frozen=True)
class Lie:
    """How a film is laid: mirrored, negative, and the quarter turns counter-clockwise that put it upright."""

    mirrored: bool
    negative: bool
    turns: int

    @classmethod
    def random(cls, rng: np.random.Generator) -> Lie:
        """Half of them upright, less than half mirrored, a quarter negative."""
        turns = int(rng.integers(1, 4)) if _chance(rng, 0.5) else 0
        return cls(_chance(rng, 0.45), _chance(rng, 0.25), turns)

    def face(self, film: Grey) -> Grey:
        """The film mirrored and negative as told, still upright."""
        film = film[:, ::-1] if self.mirrored else film
        return np.ascontiguousarray(1 - film if self.negative else film)

    def shown(self, film: Grey, kind: str) -> Shown:
        """A film that has its face and was turned, with what is true of it."""
        side = _SWAPPED.get(kind, kind) if self.mirrored else kind
        return Shown((view_square(film) * 255).astype(np.uint8), side, self.turns, self.mirrored, self.negative)


def laid(grey: Grey, kind: str, rng: np.random.Generator) -> Shown:
    """The film (H, W) in [0, 1] mirrored, negative and turned at random, otherwise little changed.

    Without such copies a clean film would be taken for upright, straight and positive because it is clean.
    """
    lie = Lie.random(rng)
    film = lie.face(cropped(smaller(grey), 0.06, rng))
    return lie.shown(np.ascontiguousarray(np.rot90(film, -lie.turns)), kind)


def changed(grey: Grey, kind: str, rng: np.random.Generator) -> Shown:
    """The film (H, W) in [0, 1], laid and changed at random."""
    film, lie = smaller(grey), Lie.random(rng)
    if _chance(rng, 0.6):
        film = cropped(film, 0.12, rng)
    if _chance(rng, 0.7):
        film = _tilted(film, rng)
    if _chance(rng, 0.8):
        film = _exposed(film, rng)
    if _chance(rng, 0.25):
        film = _marked(film, rng)
    film = lie.face(film)
    if _chance(rng, 0.25):
        film = framed(film, rng)
    film = np.ascontiguousarray(np.rot90(film, -lie.turns))
    if _chance(rng, 0.2):
        film = photographed(film, rng)
    return lie.shown(_compressed(film, rng), kind)
