"""Spine films that were squashed to a square: measured at their true height, written on the file's own pixels."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from radcaliper.measurements.catalog import COBB_ANGLE
from radcaliper.measurements.types import Analysis, PixelSpacing, Radiograph, SpacingSource, Status
from radcaliper.pipelines.phantoms.spine import spine_phantom
from radcaliper.pipelines.protocols.registry import analyse
from radcaliper.pipelines.protocols.spine.true_height import at_true_height, may_be_squashed

_SIDE = 800
_HEIGHT = 1920


def _sized(height: int) -> Radiograph:
    pixels = cv2.resize(spine_phantom().film.pixels, (_SIDE, height), interpolation=cv2.INTER_AREA)
    return Radiograph(pixels.astype(np.float32))


def _squashed() -> Radiograph:
    return _sized(_SIDE)


def _main_angle(analysis: Analysis) -> float:
    (angle,) = (
        each.value
        for each in analysis.measurements
        if (each.spec, each.site, each.method) == (COBB_ANGLE, "curve_1", "vertebral_tilt")
    )
    assert angle is not None
    return angle


def test_a_squashed_spine_has_the_angle_of_the_true_film() -> None:
    whole, squashed = (analyse("film", film, "spine") for film in (_sized(_HEIGHT), _squashed()))
    assert whole.status is Status.OK and set(whole.reasons) <= {"level_unsure"}  # it has no pelvis
    assert squashed.status is Status.REVIEW and "stretched_film" in squashed.reasons
    assert _main_angle(squashed) == pytest.approx(_main_angle(whole), abs=1)
    assert squashed.radiograph.on_file.file_shape == (_SIDE, _SIDE)


def test_points_of_a_stretched_film_lie_on_its_file() -> None:
    film = at_true_height(_squashed())
    assert film.shape == (_HEIGHT, _SIDE)
    places = film.on_file.points_to_file(np.array([[-0.5, 3.0], [_HEIGHT - 0.5, 7.0]]))
    assert places == pytest.approx(np.array([[-0.5, 3.0], [_SIDE - 0.5, 7.0]]))


def test_only_square_files_of_unknown_pixel_size_may_be_squashed() -> None:
    assert may_be_squashed(_squashed())
    assert not may_be_squashed(spine_phantom().film)
    assert not may_be_squashed(replace(_squashed(), spacing=PixelSpacing(0.2, 0.2, SpacingSource.HEADER)))
