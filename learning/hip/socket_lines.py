"""The socket's lines over a femoral head, as real films show them: the dense roof, the inner wall, the walls' edges.

The scanned pelves have them, but thinner and fainter than on films, where they are easily taken for the head's border.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.hip.meshes import Points
from radcaliper.learning.hip.projector import Picture
from radcaliper.learning.hip.targets import Canvas

Field = NDArray[np.float64]
_SHOWN: Final = 0.7
"""Share of the sockets that get lines."""
_REACH: Final = 1.6
"""Head radii from the head's centre beyond which there is none."""


def _window(turn: Field, middle: float, half: float) -> Field:
    """0 to 1: where ``turn`` is within ``half`` degrees of ``middle``, all as angles from straight up."""
    off = np.angle(np.exp(1j * (turn - np.radians(middle))))
    return np.asarray(1 / (1 + np.exp((np.abs(off) - np.radians(half)) / 0.12)))


def _line(distance: Field, place: float, width: float) -> Field:
    """0 to 1: a line at a ``distance`` of ``place``."""
    return np.asarray(np.exp(-np.square((distance - place) / width)))


def _roof(distance: Field, turn: Field, rng: np.random.Generator) -> Field:
    """Millimetres of bone of the loaded roof, with the denser bone above it."""
    place, window = rng.uniform(1.05, 1.22), _window(turn, rng.uniform(-10, 30), rng.uniform(25, 65))
    line, above = _line(distance, place, rng.uniform(0.02, 0.07)), _line(distance, place + 0.15, 0.15)
    return np.asarray(window * (rng.uniform(3, 22) * line + rng.uniform(0, 6) * above))


def _inner_wall(distance: Field, turn: Field, rng: np.random.Generator) -> Field:
    window = _window(turn, rng.uniform(-115, -60), rng.uniform(35, 70))
    return np.asarray(window * rng.uniform(1, 12) * _line(distance, rng.uniform(1.05, 1.3), rng.uniform(0.02, 0.05)))


def _edge(out: Field, down: Field, rng: np.random.Generator) -> Field:
    """The edge of the front or back wall: a curve over the head, with the wall's thickness on its inner side."""
    middle_out, middle_down = rng.uniform(-1.1, -0.3), rng.uniform(-0.3, 0.5)
    off = np.hypot(out - middle_out, down - middle_down) - rng.uniform(0.9, 1.6)
    near = 1 / (1 + np.exp((np.hypot(out, down) - 1.25) / 0.08))
    wall = 1 / (1 + np.exp(off / 0.03))
    return np.asarray(near * (rng.uniform(0, 8) * _line(off, 0, rng.uniform(0.02, 0.05)) + rng.uniform(0, 5) * wall))


def socket_lines(head: Points, radius: float, outwards: float, canvas: Canvas, rng: np.random.Generator) -> Picture:
    """(H, W) mm of cortical bone about a head (row, col) of the film; ``outwards``: 1 where outside is at the right."""
    rows, cols = canvas.pixels
    lines = np.zeros(rows.shape, np.float32)
    down, out = (rows - head[0]) / radius, outwards * (cols - head[1]) / radius
    near = (np.abs(down) < _REACH) & (np.abs(out) < _REACH)
    if rng.random() > _SHOWN or not near.any():
        return lines
    down, out = down[near], out[near]
    distance, turn = np.hypot(down, out), np.arctan2(out, -down)  # from straight up, outwards positive
    total = _roof(distance, turn, rng) + _inner_wall(distance, turn, rng)
    for _ in range(int(rng.integers(3))):
        total += _edge(out, down, rng)
    lines[near] = total
    return lines
