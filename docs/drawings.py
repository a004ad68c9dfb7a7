"""Drawings of what is measured: schematic structures, and the points that each number is measured between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from skimage.draw import ellipse, polygon
from skimage.measure import find_contours

from radcaliper import measure_landmarks
from radcaliper.measurements.hip.axes import POINT_NAMES
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.structures import structures_of
from radcaliper.measurements.types import Grid, Mask, Measurement, NotMeasurable, Point
from radcaliper.pipelines.phantoms.hip import hip_phantom
from radcaliper.pipelines.phantoms.spine import spine_phantom
from radcaliper.pipelines.protocols.measuring import measure_masks

_SHAPE: Final = (400, 400)
_LINE: Final = "#d55e00"
_ANGLE_POINTS: Final = 3


@dataclass(frozen=True)
class Scene:
    """What a drawing shows: masks by structure, lines such as a tube's course, and (height, width)."""

    shape: tuple[int, int]
    masks: Mapping[str, Mask]
    courses: Mapping[str, np.ndarray]


def _filled(rows: list[float], cols: list[float]) -> Mask:
    mask = np.zeros(_SHAPE, bool)
    mask[polygon(rows, cols, _SHAPE)] = True
    return mask


def _oval(row: float, col: float, half_height: float, half_width: float) -> Mask:
    mask = np.zeros(_SHAPE, bool)
    mask[ellipse(row, col, half_height, half_width, _SHAPE)] = True
    return mask


@cache
def chest_scene() -> Scene:
    """A chest of simple shapes, the patient's right on the left."""
    heart = _oval(255, 220, 62, 68)
    base = _oval(420, 110, 130, 90) | _oval(425, 290, 120, 90)
    lungs = {"right_lung": _oval(190, 115, 150, 70), "left_lung": _oval(190, 288, 150, 68)}
    airways = _filled([20, 20, 150, 150], [202, 218, 218, 202])
    airways |= _filled([140, 152, 200, 190], [206, 218, 170, 158]) | _filled([140, 152, 200, 190], [214, 202, 252, 264])
    masks = {name: lung & ~heart & ~base for name, lung in lungs.items()}
    masks |= {"heart": heart, "airways": airways, "spine": _filled([10, 10, 390, 390], [182, 218, 222, 178])}
    masks |= {
        "right_clavicle": _filled([60, 50, 62, 72], [70, 70, 176, 176]),
        "left_clavicle": _filled([60, 50, 62, 72], [330, 330, 226, 226]),
    }
    courses = {
        "ett": np.linspace((5.0, 210.0), (105.0, 210.0), 60),
        "ngt": np.vstack([np.linspace((5, 205), (300, 205), 80), np.linspace((301, 206), (360, 270), 40)]),
        "cvc": np.vstack([np.linspace((70, 90), (80, 165), 40), np.linspace((82, 167), (175, 172), 50)]),
    }
    return Scene(_SHAPE, masks, courses)


def _of_chest(spec: MeasurementSpec) -> tuple[Scene, tuple[Point, ...]]:
    scene, site = chest_scene(), spec.sites[0]
    if spec.methods[0] != "course":
        return scene, measure_masks(spec, site, scene.masks, Grid()).points
    course = scene.courses[spec.name.split("_")[0]]
    return scene, spec.measure(course, Point(152.0, 210.0), scene.masks, Grid()).points


def _quads(corners: np.ndarray, shape: tuple[int, int]) -> Mask:
    column = np.zeros(shape, bool)
    for top_left, top_right, bottom_left, bottom_right in corners:
        outline = np.array([top_left, top_right, bottom_right, bottom_left])
        column[polygon(outline[:, 0], outline[:, 1], shape)] = True
    return column


@cache
def _spine() -> tuple[Scene, tuple[Measurement, ...]]:
    phantom = spine_phantom()
    shape = phantom.film.shape
    found = measure_landmarks("spine", phantom.corners, shape=shape).measurements
    return Scene(shape, {"spine": _quads(phantom.corners, shape)}, {}), found


@cache
def _hips() -> tuple[Scene, tuple[Measurement, ...]]:
    phantom = hip_phantom()
    grid = phantom.film.grid
    landmarks: dict[str, tuple[float, float]] = {}
    for side, axes in phantom.axes.items():
        points = axes.points(grid)
        landmarks |= {f"{side}_{name}": tuple(point) for name, point in zip(POINT_NAMES, points, strict=True)}
        landmarks[f"{side}_femoral_head_edge"] = (points[0].row - axes.radius / grid.row, points[0].col)
    found = measure_landmarks("hip", landmarks, spacing=(grid.row, grid.col)).measurements
    masks = {f"{side}_femur": mask for side, mask in phantom.femora.items()}
    return Scene(phantom.film.shape, masks, {}), found


def scene_of(spec: MeasurementSpec) -> tuple[Scene, tuple[Point, ...]]:
    """What a measurement is drawn on, and its points there. Raises NotMeasurable where the scene does not show it."""
    if spec.protocol == "chest":
        return _of_chest(spec)
    scene, found = _spine() if spec.protocol == "spine" else _hips()
    number = next((each for each in found if each.name == spec.name and each.points), None)
    if number is None:
        raise NotMeasurable("not_drawn")
    return scene, number.points


def _lines(points: tuple[Point, ...]) -> list[tuple[Point, ...]]:
    """Points as the lines a person would draw: an angle's three points in one, else by pairs."""
    if len(points) == _ANGLE_POINTS:
        return [points]
    return [points[first : first + 2] for first in range(0, len(points), 2)]


def draw_measurement(spec: MeasurementSpec) -> Any:
    """Draw a measurement as a figure: outlines of the scene, tubes, and the measured lines."""
    from matplotlib.figure import Figure

    scene, points = scene_of(spec)
    height, width = scene.shape
    figure = Figure(figsize=(3.2, 3.2 * height / width if height < 2 * width else 5.4), layout="constrained")
    axes = figure.subplots()
    colours = {each.pattern or each.name: each.colour for each in structures_of(spec.protocol)}
    used = {name.format(site=spec.sites[0]) for name in spec.structures}
    for name, mask in scene.masks.items():
        colour = np.array(colours[name]) / 255 * 0.75
        for outline in find_contours(np.pad(mask.astype(float), 1), 0.5):
            axes.plot(outline[:, 1] - 1, outline[:, 0] - 1, color=colour, linewidth=1.6 if name in used else 0.5)
    for name, course in scene.courses.items():
        if name in used:
            axes.plot(course[:, 1], course[:, 0], color="0.2", linewidth=1.6)
    for line in _lines(points):
        axes.plot([at.col for at in line], [at.row for at in line], "o-", color=_LINE, linewidth=2, markersize=4)
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    axes.set_axis_off()
    return figure
