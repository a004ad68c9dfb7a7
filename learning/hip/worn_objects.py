"""What lies on a patient or is screwed into the bone: waistbands, zips, buttons, screws."""

from __future__ import annotations

import cv2
import numpy as np

from radcaliper.learning.hip.projector import Picture

_SCREW_MM = (12.0, 40.0)
"""Cortical bone that attenuates as much as a screw: less than a prosthesis."""


def _spot(shape: tuple[int, int], place: tuple[float, float], radius: float, ring: bool) -> Picture:
    picture = np.zeros(shape, np.float32)
    thickness = max(1, round(radius / 3)) if ring else cv2.FILLED
    cv2.circle(picture, (round(place[0]), round(place[1])), max(1, round(radius)), 1.0, thickness)
    return picture


def _waistband(shape: tuple[int, int], rng: np.random.Generator) -> Picture:
    """Fine threads along a bent band across the film."""
    size = max(shape)
    rows, cols = np.indices(shape, dtype=np.float32) / size
    off = rows - float(rng.uniform(0, 0.5)) - float(rng.normal(0, 0.3)) * np.square(cols - 0.5)
    threads = 1 + np.sin(off * size * float(rng.uniform(1.0, 2.5)))
    return np.asarray(threads * (np.abs(off) < float(rng.uniform(0.01, 0.04))), dtype=np.float32)


def _zip(shape: tuple[int, int], rng: np.random.Generator) -> Picture:
    """A row of teeth near the middle line."""
    picture = np.zeros(shape, np.float32)
    size, start = max(shape), rng.uniform((0.35, 0.1), (0.65, 0.5)) * shape[::-1]
    lean = float(rng.normal(0, 0.1))
    for tooth in range(int(rng.integers(10, 30))):
        down = tooth * 0.012 * size
        picture += _spot(shape, (float(start[0] + lean * down), float(start[1] + down)), 0.003 * size, ring=False)
    return picture


def clothing(shape: tuple[int, int], rng: np.random.Generator) -> Picture:
    """(H, W) mm of soft tissue that clothes attenuate as much as: a waistband, a zip, buttons or rivets, or none."""
    worn = np.zeros(shape, np.float32)
    if rng.random() < 0.2:
        worn += float(rng.uniform(2, 10)) * _waistband(shape, rng)
    if rng.random() < 0.08:
        worn += float(rng.uniform(20, 80)) * _zip(shape, rng)
    for _ in range(int(rng.integers(1, 5)) if rng.random() < 0.15 else 0):
        place = rng.uniform(0, 1, 2) * shape[::-1]
        radius = float(rng.uniform(0.004, 0.02)) * max(shape)
        button = _spot(shape, (float(place[0]), float(place[1])), radius, ring=rng.random() < 0.5)
        worn += float(rng.uniform(10, 80)) * button
    return worn


def screws(shape: tuple[int, int], rng: np.random.Generator) -> Picture:
    """(H, W) mm of cortical bone that screws or wires attenuate as much as; most films have none."""
    metal = np.zeros(shape, np.float32)
    size = max(shape)
    for _ in range(int(rng.integers(1, 4)) if rng.random() < 0.06 else 0):
        start = rng.uniform(0.15, 0.85, 2) * shape[::-1]
        angle, length = rng.uniform(0, np.pi), rng.uniform(0.08, 0.35) * size
        end = start + length * np.array([np.cos(angle), np.sin(angle)])
        rod = np.zeros(shape, np.float32)
        ends = [(round(float(x)), round(float(y))) for x, y in (start, end)]
        cv2.line(rod, ends[0], ends[1], 1.0, max(1, round(float(rng.uniform(0.004, 0.016)) * size)))
        metal = np.maximum(metal, float(rng.uniform(*_SCREW_MM)) * rod)
    return metal
