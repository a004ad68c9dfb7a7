"""Edits of a spine's vertebrae as wholes: one more, one less, and what level one is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from radcaliper.measurements.spine.levels import LEVELS, levels_of
from radcaliper.measurements.spine.vertebra import (
    Corners,
    centres,
    corner_names,
    vertebra_names,
    vertebrae_among,
)
from radcaliper.measurements.types import Point
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.protocol import LandmarkPoints

_GAP: Final = 1.3
"""Distance between neighbouring vertebrae's centres over their height, where there is only one to go by."""


def vertebra_at(points: LandmarkPoints, at: Point) -> str:
    """The vertebra whose body a place lies in; empty for none."""
    names, corners = vertebrae_among(points)
    for name, (top_left, top_right, bottom_left, bottom_right) in zip(names, corners, strict=True):
        ring = np.array([top_left, top_right, bottom_right, bottom_left])
        along, to_place = np.roll(ring, -1, axis=0) - ring, np.array(at) - ring
        if (along[:, 1] * to_place[:, 0] - along[:, 0] * to_place[:, 1] >= 0).all():
            return name
    return ""


def with_vertebra_named(edits: Edits, vertebra: str, level: str) -> Edits:
    """The edits with one vertebra's level; all others are counted from it. An empty level leaves all without names."""
    if level and level not in LEVELS:
        raise ValueError(f"{level!r} is not one of {', '.join(LEVELS)}")
    return replace(edits, levels={vertebra: level} if level else {})


def _shape_between(corners: Corners, place: int) -> Corners:
    """(4, 2) corners of a vertebra to stand at a place of the list: between its neighbours, or beyond the last."""
    if 0 < place < len(corners):
        return np.asarray(corners[place - 1 : place + 1].mean(axis=0))
    end, step = (corners[0], -1) if place == 0 else (corners[-1], 1)
    if len(corners) > 1:
        middles = centres(corners)
        return np.asarray(end + (middles[0] - middles[1] if place == 0 else middles[-1] - middles[-2]))
    return np.asarray(end + step * _GAP * (end[2:].mean(axis=0) - end[:2].mean(axis=0)))


def _renumbered(edits: Edits, points: LandmarkPoints, corners: Corners, moved: Mapping[str, str]) -> Edits:
    """The edits with other vertebrae, numbered anew from the top; ``moved`` are the new names of those that stay."""
    names = vertebra_names(len(corners))
    now = {
        corner: Point(*map(float, at))
        for name, quad in zip(names, corners, strict=True)
        for corner, at in zip(corner_names(name), quad, strict=True)
    }
    ends = {
        site: (moved[upper], moved[lower])
        for site, (upper, lower) in edits.ends.items()
        if upper in moved and lower in moved
    }
    levels = {moved[name]: level for name, level in edits.levels.items() if name in moved}
    corners_before = {corner for name in vertebrae_among(points)[0] for corner in corner_names(name)}
    others = {name: point for name, point in edits.points.items() if name not in corners_before}
    removed = (edits.removed | corners_before) - now.keys()
    return replace(edits, points={**others, **now}, ends=ends, levels=levels, removed=frozenset(removed))


def with_vertebra_added(edits: Edits, points: LandmarkPoints, above: str) -> Edits:
    """The edits with one vertebra more, below ``above``; above all others where that is empty.

    It has the shape of its neighbours and lies half way between them, or as far beyond the last one as that one is from
    its neighbour; its corners can then be moved. ``points`` are all landmarks after the edits.
    """
    names, corners = vertebrae_among(points)
    place = names.index(above) + 1 if above else 0
    more = np.insert(corners, place, _shape_between(corners, place), axis=0)
    new = vertebra_names(len(more))
    return _renumbered(edits, points, more, dict(zip(names, new[:place] + new[place + 1 :], strict=True)))


def with_vertebra_deleted(edits: Edits, points: LandmarkPoints, vertebra: str) -> Edits:
    """The edits without one vertebra; those below it move up in number, and those on the nearer side keep their level.

    Raises ValueError where it is the only one.
    """
    names, corners = vertebrae_among(points)
    if len(names) < 2:
        raise ValueError("the last vertebra cannot be deleted")
    place = names.index(vertebra)
    left = names[:place] + names[place + 1 :]
    levels = edits.levels
    if vertebra in levels:  # its level stays with the column: the neighbour that is left is named from it
        neighbour = names[place + 1] if place + 1 < len(names) else names[place - 1]
        level = levels_of(names, levels).get(neighbour)
        levels = {} if level is None else {neighbour: level}
    fewer = np.delete(corners, place, axis=0)
    moved = dict(zip(left, vertebra_names(len(fewer)), strict=True))
    return _renumbered(replace(edits, levels=levels), points, fewer, moved)
