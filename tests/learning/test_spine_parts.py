"""The figures of films with a third cut off: a curve is compared with the same one of the whole film."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from radcaliper.learning.datasets.spine import SpineFilm
from radcaliper.learning.spine import parts
from radcaliper.measurements.types import Analysis, Measurement, Point, Radiograph, Status
from radcaliper.pipelines.phantoms.spine import SpinePhantom
from radcaliper.pipelines.protocols.spine import PROTOCOL


def in_rows(analysis: Analysis, by: float) -> Analysis:
    """The measured angles of an analysis as on a film that begins ``by`` rows lower, a degree larger, and partial."""

    def moved(angle: Measurement) -> Measurement:
        points = tuple(Point(point.row - by, point.col) for point in angle.points)
        details = {**angle.details, "partial": "yes"}
        value = None if angle.value is None else angle.value + 1
        return replace(angle, value=value, lower=None, upper=None, points=points, details=details)

    angles = tuple(moved(each) for each in analysis.measurements if each.name == "cobb_angle")
    return Analysis("part", analysis.radiograph, "spine", "", Status.REVIEW, (), measurements=angles)


def test_a_curve_is_compared_with_the_one_in_the_same_rows(
    spine_analysis: Analysis, phantom: SpinePhantom, monkeypatch: pytest.MonkeyPatch
) -> None:
    height = phantom.film.shape[0]
    film = SpineFilm("film", 0, phantom.film.pixels, phantom.corners)

    def analyse(_self: object, _image: str, part: Radiograph) -> Analysis:
        has_bottom = bool(np.array_equal(part.pixels[-1], phantom.film.pixels[-1]))
        return in_rows(spine_analysis, by=height // 3 if has_bottom else 0)

    monkeypatch.setattr(type(PROTOCOL), "analyse", analyse)
    scores = list(parts.part_scores(film, spine_analysis))
    assert [score.value for score in scores if score.figure == "some curve measured"] == [1.0, 1.0]
    errors = [score.value for score in scores if score.figure.startswith("error")]
    assert len(errors) == 2 * 3 * 2  # thirds, curves, against the whole film and the labels
    assert errors == pytest.approx([1.0] * len(errors))


def test_labels_that_are_crossed_are_compared_with_nothing(
    spine_analysis: Analysis, phantom: SpinePhantom, monkeypatch: pytest.MonkeyPatch
) -> None:
    crossed = phantom.corners.copy()
    crossed[5, [0, 1]] = crossed[5, [1, 0]]
    monkeypatch.setattr(type(PROTOCOL), "analyse", lambda *_: in_rows(spine_analysis, by=0))
    scores = parts.part_scores(SpineFilm("film", 0, phantom.film.pixels, crossed), spine_analysis)
    figures = {score.figure for score in scores}
    assert "error cobb_angle against the whole film" in figures
    assert "error cobb_angle against the labels" not in figures
