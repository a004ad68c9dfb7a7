"""Neck-shaft angles of rendered femora with known axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from radcaliper.measurements.ccd.from_mask import axes_from_mask
from radcaliper.measurements.types import Grid, Mask


@dataclass(frozen=True)
class Phantom:
    """A right femur of simple shapes; lengths in head radii, ``radius`` and the film in pixels."""

    angle: float = 126.0
    tilt: float = 5.0
    """Of the shaft: its lower end towards the middle of the body."""
    radius: float = 40.0
    neck: float = 2.0
    shaft: float = 4.0
    """How far it is seen below 2.7 radii under the head's centre."""
    head: tuple[float, float] = (90.0, 330.0)
    shape: tuple[int, int] = (520, 460)

    @property
    def down(self) -> NDArray[np.float64]:
        return np.array([np.cos(np.radians(self.tilt)), np.sin(np.radians(self.tilt))])

    @property
    def out(self) -> NDArray[np.float64]:
        turned = np.radians(self.tilt + 180 - self.angle)
        return np.array([np.cos(turned), np.sin(turned)]) * [1, -1] if False else self._out

    @property
    def _out(self) -> NDArray[np.float64]:
        """From the head's centre down the neck: the shaft's direction turned by 180 - angle to the outer side."""
        turn = np.radians(180 - self.angle)
        row, col = self.down
        return np.array([row * np.cos(turn) + col * np.sin(turn), col * np.cos(turn) - row * np.sin(turn)])

    def mask(self) -> Mask:
        head = np.array(self.head)
        root = head + self.neck * self.radius * self._out
        grid = np.stack(np.indices(self.shape), axis=-1).astype(float)

        def capsule(a: NDArray[np.float64], b: NDArray[np.float64], first: float, last: float) -> Mask:
            share = np.clip((grid - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
            off = np.linalg.norm(grid - a - share[..., None] * (b - a), axis=-1)
            return np.asarray(off <= (first + share * (last - first)) * self.radius)

        def at(outwards: float) -> NDArray[np.float64]:
            return head + outwards * self.radius * self._out

        below = head @ self.down + (2.7 + self.shaft) * self.radius
        across = np.array([-self.down[1], self.down[0]])
        lesser = root + 1.1 * self.radius * self.down + 0.5 * self.radius * across
        parts = [
            capsule(head, head + 1e-6, 1, 1),
            capsule(at(0.5), at(1.2), 0.72, 0.66) | capsule(at(1.2), at(2.0), 0.66, 0.9),
            capsule(root - 0.6 * self.radius * self.down, root + 20 * self.radius * self.down, 0.66, 0.66),
            capsule(lesser, lesser + 1e-6, 0.45, 0.45),
        ]
        return np.asarray(np.logical_or.reduce(parts) & (grid @ self.down <= below))


def angle_of(phantom: Phantom, grid: Grid | None = None) -> float:
    return axes_from_mask(phantom.mask(), grid or Grid(), "right").ccd_angle()


@pytest.mark.parametrize("angle", [110, 118, 126, 134, 142])
@pytest.mark.parametrize("tilt", [-6, 0, 8])
def test_the_angle_is_right_within_half_a_degree(angle: float, tilt: float) -> None:
    assert angle_of(Phantom(angle, tilt)) == pytest.approx(angle, abs=0.5)


def test_head_and_offset_are_right() -> None:
    phantom = Phantom()
    axes = axes_from_mask(phantom.mask(), Grid(0.5, 0.5, "mm"), "right")
    assert axes.radius == pytest.approx(20, abs=0.3)
    assert axes.head == pytest.approx(np.array(phantom.head) / 2, abs=0.4)
    assert axes.offset() == pytest.approx(np.sin(np.radians(180 - phantom.angle)) * 2 * 20, abs=0.5)
