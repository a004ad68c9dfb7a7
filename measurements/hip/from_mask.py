"""Head circle, neck axis and shaft axis from the mask of one femur alone.

Head: circle through the outline around the upper inner end, fitted again and again to what lies on it. Neck: from the
head's centre through the middle of the shortest line across the neck. Shaft: robust line through the middles of
sections below the lesser trochanter.

A mask does not show what lies before or behind what. Where a leg is turned so that the greater trochanter covers the
neck, its narrowest part is not on the outline: such a neck is refused, as the angle would be many degrees too small.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from radcaliper.measurements.geometry import Places
from radcaliper.measurements.hip.axes import FemurAxes, robust_line
from radcaliper.measurements.hip.head import arc_share, fit_circle, fit_upright_ellipse, refuse_stretched
from radcaliper.measurements.hip.neck import CLEAR_OF_CIRCLE, shortest_across
from radcaliper.measurements.hip.outline import FemurImage
from radcaliper.measurements.types import Grid, Mask, NotMeasurable

Side = str
_UP_AND_IN: Final = np.array([-1.0, 1.0]) / np.sqrt(2)
_ON_CIRCLE: Final = 0.08
"""Head radii within which the outline counts as lying on the circle: worn heads are not round."""
_NARROWING: Final = (0.25, 0.2, 0.15, 0.1)
"""The same of the first fits."""
_FEWEST_PLACES: Final = 8
_LEAST_ARC: Final = 0.5
"""Share of the head's circle that the outline must follow."""
_ON_ELLIPSE, _LEAST_ELLIPSE = 0.05, 0.6
"""The same of an ellipse, which is more easily found where there is none."""
_LEAST_HEAD: Final = 1.25
"""Radius of a head in half widths of its shaft; a rounded stump is narrower."""
_NECK_WIDTH: Final = (1.0, 1.6)
"""Width of a neck at its narrowest in head radii: 1.36 to 1.56 in four fifths of 180 simulated hips with their necks
within 10 degrees of the film's plane. A wider one is covered by the greater trochanter."""
_LEAST_NECK: Final = 0.75
"""Head radii from the head's centre to the middle of the neck's narrowest part; less if a trochanter covers it."""
LEAST_SHAFT: Final = 0.5
"""Head radii of shaft that must be seen below the lesser trochanter."""
_TROCHANTER_END: Final = 2.7
"""Head radii from the head's centre down the shaft to below the lesser trochanter: its tip lies 1.7 to 2.5 down in the
32 femora of the training data."""
_SHAFT_RADII: Final = 5.0
"""Length of shaft that the axis is fitted to, at most."""


def _circle(outline: Places, centre: Places, radius: float) -> tuple[Places, float] | None:
    """The circle that the outline follows about a first guess; None where it follows none far enough."""
    for tolerance in (*_NARROWING, *[_ON_CIRCLE] * 10):
        near = np.abs(np.linalg.norm(outline - centre, axis=1) - radius) < tolerance * radius
        if near.sum() < _FEWEST_PLACES:
            return None
        centre, radius = fit_circle(outline[near])
    if radius <= 0 or arc_share(outline, centre, radius, _ON_CIRCLE) < _LEAST_ARC:
        return None
    return centre, radius


def _taller(outline: Places, centre: Places, radius: float) -> float:
    """Height over width of the upright ellipse that the outline follows about a guess; 1 where it follows none."""
    axes = np.array([radius, radius])
    for tolerance in (0.3, *_NARROWING, *[_ON_CIRCLE] * 5, *[_ON_ELLIPSE] * 4):
        near = np.abs(np.linalg.norm((outline - centre) / axes, axis=1) - 1) < tolerance
        ellipse = fit_upright_ellipse(outline[near]) if near.sum() >= _FEWEST_PLACES else None
        if ellipse is None:
            return 1.0
        centre, axes = ellipse
    share = arc_share((outline - centre) / axes, np.zeros(2), 1.0, _ON_ELLIPSE)
    return float(axes[0] / axes[1]) if share >= _LEAST_ELLIPSE else 1.0


def _head(image: FemurImage) -> tuple[Places, float]:
    """The head's circle; NotMeasurable where the upper inner end is none.

    ``stretched_film`` where it is an ellipse along the film's edges, else ``no_femoral_head``.
    """
    outline = image.outline
    extreme = outline[np.argmax(outline @ _UP_AND_IN)]
    inwards = extreme - np.arange(0, np.ptp(outline[:, 1]), image.size.min())[:, None] * _UP_AND_IN
    depth = image.at(inwards)
    # the first rise ends at the head's middle: the bone may get wider again at the trochanters
    falls = np.flatnonzero(np.diff(np.maximum.accumulate(depth)) <= 0)
    top = int(falls[falls > 2][0]) if (falls > 2).any() else int(depth.argmax())
    centre, radius = inwards[top], float(depth[top])
    refuse_stretched(_taller(outline, centre, radius))
    circle = _circle(outline, centre, radius)
    if circle is None or image.at(circle[0][None])[0] <= 0:
        raise NotMeasurable("no_femoral_head")
    return circle


def _first_line(image: FemurImage, head: Places, radius: float) -> tuple[Places, Places]:
    """(a place, unit direction downwards) through the middles of the bone's rows below the lesser trochanter."""
    heights = image.origin[0] + np.arange(image.field.shape[0]) * image.size[0]
    below = (heights - head[0]) / radius
    rows = np.flatnonzero((below > _TROCHANTER_END) & (below < _TROCHANTER_END + _SHAFT_RADII))
    middles = [
        (heights[row], image.origin[1] + inside.mean() * image.size[1])
        for row in rows
        if len(inside := np.flatnonzero(image.field[row] > 0))
    ]
    if len(middles) < _FEWEST_PLACES:
        raise NotMeasurable("shaft_too_short")
    return robust_line(np.array(middles))


def _shaft(image: FemurImage, head: Places, radius: float) -> tuple[Places, Places, float, float]:
    """(a place, unit direction downwards, first and last distance from it) of the shaft below the lesser trochanter.

    NotMeasurable(``shaft_too_short``) where too little of it is seen, or (``no_femoral_head``) as wide as the head.
    """
    bottom = image.origin[0] + (image.field.shape[0] - 2) * image.size[0]
    place, along = _first_line(image, head, radius)
    for _ in range(6):
        first = (head - place) @ along + _TROCHANTER_END * radius
        # a section across a tilted shaft must not run over the mask's lower end
        last = (bottom - place[0]) / along[0] - (0.1 + 0.7 * abs(along[1] / along[0])) * radius
        if last - first < (LEAST_SHAFT - 0.2) * radius:
            raise NotMeasurable("shaft_too_short")
        levels = np.linspace(first, min(last, first + _SHAFT_RADII * radius), 60)
        middles, widths = image.sections(place + levels[:, None] * along, along, 1.5 * radius)
        bone = (widths > 0.4 * radius) & (widths < 2.2 * radius)
        if bone.sum() < 20:
            raise NotMeasurable("shaft_too_short")
        place, along = robust_line(middles[bone])
    if radius < _LEAST_HEAD * float(np.median(widths[bone])) / 2:
        raise NotMeasurable("no_femoral_head")
    return place, along, float(levels[0]), float(levels[-1])


def _narrowest(outline: Places, head: Places, radius: float, axis: Places) -> tuple[Places, float]:
    """The middle and the length of the shortest line from the neck's upper to its lower outline.

    ``axis`` is roughly the neck's unit direction. NotMeasurable(``neck_not_seen``) where there is an outline on one
    side only.
    """
    off = (outline - head) / radius
    along, across = off @ axis, off @ np.array([-axis[1], axis[0]])
    beside = (np.linalg.norm(off, axis=1) > CLEAR_OF_CIRCLE) & (along > 0.3) & (along < 1.7)
    upper, lower = outline[beside & (across > 0)], outline[beside & (across < 0)]
    if len(upper) == 0 or len(lower) == 0:
        raise NotMeasurable("neck_not_seen")
    return shortest_across(upper, lower)


def neck_on_outline(image: FemurImage, head: Places, radius: float, shaft: Places, down: Places) -> Places:
    """The middle of the neck's narrowest part; NotMeasurable(``neck_not_seen``) where the outline does not show it.

    ``shaft`` is a place on the shaft's axis and ``down`` its unit direction; all lie in the image's coordinates.
    """
    foot = shaft + ((head - shaft) @ down) * down
    outline = image.outline
    middle, width = foot + 0.8 * np.linalg.norm(foot - head) * down, 0.0
    for _ in range(3):
        axis = (middle - head) / np.linalg.norm(middle - head)
        middle, width = _narrowest(outline, head, radius, axis)
    seen = _NECK_WIDTH[0] < width / radius < _NECK_WIDTH[1]
    if not seen or np.linalg.norm(middle - head) < _LEAST_NECK * radius:
        raise NotMeasurable("neck_not_seen")
    return middle


def axes_from_mask(mask: Mask, grid: Grid, side: Side) -> FemurAxes:
    """The axes of the patient's ``right`` or ``left`` femur from its (H, W) mask on an AP film.

    The mask may be of any type in which 0 is outside. Pixels need not be square. Raises NotMeasurable:
    ``missing_structure`` (empty mask), ``hip_cut_off`` (the head reaches the film's edge), ``stretched_film`` (the head
    is an ellipse), ``no_femoral_head``, ``neck_not_seen`` (a trochanter covers it), ``shaft_too_short``
    (less than half a head radius of shaft below the lesser trochanter).
    """
    mask = np.asarray(mask) != 0
    if not mask.any():
        raise NotMeasurable("missing_structure")
    image = FemurImage.of_mask(mask, grid, inner_is_right=side == "right")
    head, radius = _head(image)
    mirror = np.array([1.0, 1.0 if side == "right" else -1.0])
    refuse_cut_head(head * mirror, radius, mask.shape, grid)
    place, down, _, last = _shaft(image, head, radius)
    neck = neck_on_outline(image, head, radius, place, down)
    level = (head - place) @ down
    upper, lower = place + (level + _TROCHANTER_END * radius) * down, place + last * down
    return FemurAxes(head * mirror, radius, neck * mirror, upper * mirror, lower * mirror)


def refuse_cut_head(head: Places, radius: float, shape: tuple[int, ...], grid: Grid) -> None:
    """NotMeasurable(``hip_cut_off``) where the head's circle goes beyond the film of ``shape``."""
    last = (np.array(shape[:2]) - 1) * [grid.row, grid.col]
    room = min(float(head.min()), float((last - head).min()))
    if room < 0.9 * radius:
        raise NotMeasurable("hip_cut_off")
