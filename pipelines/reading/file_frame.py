"""What was found on a film, as it lies on the pixels of the film's file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from radcaliper.measurements.file_geometry import FileGeometry
from radcaliper.measurements.region import RegionMasks, regions_of
from radcaliper.measurements.types import (
    Analysis,
    Landmark,
    Mask,
    MaskQuality,
    Masks,
    Measurement,
    PixelSpacing,
    Point,
    Prediction,
    Radiograph,
)


def points_to_file(points: Iterable[Point], geometry: FileGeometry) -> tuple[Point, ...]:
    """Points on the film as points on the file's pixels."""
    return tuple(Point(*map(float, place)) for place in geometry.points_to_file(np.array([*points]).reshape(-1, 2)))


def points_from_file(points: Iterable[Point], geometry: FileGeometry) -> tuple[Point, ...]:
    """Points on the file's pixels as points on the film."""
    return tuple(Point(*map(float, place)) for place in geometry.points_from_file(np.array([*points]).reshape(-1, 2)))


def _moved(landmarks: Mapping[str, Landmark], points: Iterable[Point]) -> dict[str, Landmark]:
    """The landmarks at other points, given in the same order."""
    return {name: replace(mark, point=point) for (name, mark), point in zip(landmarks.items(), points, strict=True)}


def landmarks_from_file(landmarks: Mapping[str, Landmark], geometry: FileGeometry) -> dict[str, Landmark]:
    """Landmarks on the file's pixels as landmarks on the film."""
    return _moved(landmarks, points_from_file((landmark.point for landmark in landmarks.values()), geometry))


def landmarks_to_file(landmarks: Mapping[str, Landmark], geometry: FileGeometry) -> dict[str, Landmark]:
    """Landmarks on the film as landmarks on the file's pixels."""
    return _moved(landmarks, points_to_file((landmark.point for landmark in landmarks.values()), geometry))


def spacing_to_file(spacing: PixelSpacing, geometry: FileGeometry) -> PixelSpacing:
    """The size of the film's pixels as the size of the file's."""
    rows, cols = spacing.row_mm / abs(geometry.row.step), spacing.col_mm / abs(geometry.col.step)
    return PixelSpacing(*((cols, rows) if geometry.transposed else (rows, cols)), spacing.source)


def spacing_from_file(spacing: PixelSpacing, geometry: FileGeometry) -> PixelSpacing:
    """The size of the file's pixels as the size of the film's."""
    rows, cols = (spacing.col_mm, spacing.row_mm) if geometry.transposed else (spacing.row_mm, spacing.col_mm)
    return PixelSpacing(rows * abs(geometry.row.step), cols * abs(geometry.col.step), spacing.source)


def film_in_file_frame(film: Radiograph) -> Radiograph:
    """The film on its file's pixels, bone bright; darkest where it was cropped."""
    geometry = film.on_file
    return replace(
        film,
        pixels=geometry.image_to_file(film.pixels, float(film.pixels.min())),
        spacing=None if film.spacing is None else spacing_to_file(film.spacing, geometry),
        geometry=None,
    )


def _prediction(prediction: Prediction, geometry: FileGeometry) -> Prediction:
    return replace(
        prediction,
        masks=RegionMasks.of({name: geometry.mask_to_file(mask) for name, mask in prediction.masks.items()}),
        landmarks=landmarks_to_file(prediction.landmarks, geometry),
        courses={
            name: replace(course, points=points_to_file(course.points, geometry))
            for name, course in prediction.courses.items()
        },
    )


def _counted_on_file(quality: MaskQuality, prediction: Prediction | None) -> MaskQuality:
    """The quality with the area that its mask has in the file's pixels."""
    if prediction is None or quality.structure not in prediction.masks or quality.area_px is None:
        return quality
    return replace(quality, area_px=regions_of(prediction.masks)[quality.structure].area)


def in_file_frame(analysis: Analysis) -> Analysis:
    """The analysis with film, masks, landmarks, courses and points at the file's own size and orientation.

    Values stay as they are: lengths in ``px`` and areas in ``px2`` count the file's pixels already, by their finer
    side. The networks' passes and their predictions on parts of the film stay as they are. An analysis that lies on
    its file already is returned unchanged.
    """
    geometry = analysis.radiograph.on_file
    if geometry.is_as_stored:
        return analysis
    prediction = None if analysis.prediction is None else _prediction(analysis.prediction, geometry)
    return replace(
        analysis,
        radiograph=film_in_file_frame(analysis.radiograph),
        prediction=prediction,
        qualities=tuple(_counted_on_file(quality, prediction) for quality in analysis.qualities),
        measurements=tuple(
            replace(measurement, points=points_to_file(measurement.points, geometry))
            for measurement in analysis.measurements
        ),
        landmarks=landmarks_to_file(analysis.landmarks, geometry),
    )


def masks_from_file(masks: Masks, geometry: FileGeometry) -> dict[str, Mask]:
    """Masks of the file's size on the film's pixels."""
    return {name: geometry.mask_from_file(mask) for name, mask in masks.items()}


def measurements_from_file(measurements: Iterable[Measurement], geometry: FileGeometry) -> tuple[Measurement, ...]:
    """Measurements with their points on the film, from points on the file's pixels."""
    return tuple(replace(each, points=points_from_file(each.points, geometry)) for each in measurements)
