"""Correcting a spine film: end vertebrae that a person chose, and end plates put on the film's edges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.interpolate import make_smoothing_spline

from radcaliper.measurements.catalog import COBB_ANGLE
from radcaliper.measurements.spine.smoothing import smooth
from radcaliper.measurements.spine.vertebra import vertebral_tilts
from radcaliper.measurements.types import Analysis, Grid, Key, Measurement, Point, Status
from radcaliper.pipelines.phantoms.spine import SpinePhantom
from radcaliper.pipelines.protocols.spine.curve_ends import with_chosen_ends
from radcaliper.pipelines.protocols.spine.review import REVIEW
from radcaliper.pipelines.protocols.spine.snapping import snap_end_plates
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.measurements import ReviewedMeasurement
from radcaliper.pipelines.review.remeasure import remeasure

TILT = Key("cobb_angle", "curve_1", "vertebral_tilt")
TOO_SHORT = ("spine_too_short",)
NAMES = [f"vertebra_{number:02d}" for number in range(1, 18)]


def measurements(analysis: Analysis, edits: Edits) -> dict[Key, ReviewedMeasurement]:
    return {each.now.key: each for each in remeasure(analysis, edits).measurements}


@pytest.mark.parametrize("count", [6, 7, 12, 17, 24])
def test_smoothing_is_the_cross_validated_spline(count: int) -> None:
    random = np.random.default_rng(count)
    order = np.arange(count, dtype=float)
    for noise in (0.0, 0.3, 3.0):
        values = 20 * np.sin(order / 3) + random.normal(0, noise, count)
        assert np.allclose(smooth(values), make_smoothing_spline(order, values)(order), atol=1e-5)


def test_chosen_ends_measure_between_their_tilts(spine_analysis: Analysis, phantom: SpinePhantom) -> None:
    ends = ("vertebra_06", "vertebra_12")
    now = measurements(spine_analysis, Edits().with_curve_ends("curve_1", ends))
    tilts = smooth(vertebral_tilts(phantom.corners, Grid()))
    angle = now[TILT]
    assert angle.now.value == pytest.approx(abs(tilts[5] - tilts[11]))
    assert angle.corrected_value != angle.automatic.value
    assert (angle.now.details["upper"], angle.now.details["lower"]) == ends
    assert angle.now.details["ends"] == "chosen"
    plates = now["cobb_angle", "curve_1", "endplates"].now
    corners = (*phantom.corners[5, :2], *phantom.corners[11, 2:])  # the plates' own, which are smoothed but slightly
    assert np.allclose(plates.points, corners, atol=0.5)
    untouched = [key for key, each in now.items() if each.now == each.automatic]
    assert ("cobb_angle", "curve_2", "vertebral_tilt") in untouched
    assert ("cobb_angle_aasce", "main", "vertebral_tilt") in untouched


def test_the_ends_that_may_be_chosen_are_the_vertebrae(spine_analysis: Analysis) -> None:
    ends = remeasure(spine_analysis, Edits().with_curve_ends("curve_2", ("vertebra_01", "vertebra_04"))).ends
    assert ends.vertebrae == tuple(NAMES)
    assert ends.of_curve["curve_2"] == ("vertebra_01", "vertebra_04")
    assert set(ends.of_curve) == {"curve_1", "curve_2", "curve_3"}


def test_a_choice_settles_where_the_ends_are_and_nothing_else(spine_analysis: Analysis) -> None:
    unsure = tuple(
        replace(each, status=Status.REVIEW, reasons=("end_vertebra_unsure", "inverted"))
        for each in spine_analysis.measurements
    )
    analysis = replace(spine_analysis, measurements=unsure)
    now = measurements(analysis, Edits().with_curve_ends("curve_1", ("vertebra_05", "vertebra_12")))
    assert now[TILT].now.reasons == ("inverted",)
    assert now["cobb_angle", "curve_2", "vertebral_tilt"].now.reasons == ("end_vertebra_unsure", "inverted")


def test_a_chosen_curve_replaces_the_one_it_overlaps_whatever_their_order() -> None:
    tilts = np.array([0.0, 10, 20, 10, 0, -15, 0, 4, 8])
    names = NAMES[: len(tilts)]

    def stretches(ends: dict[str, tuple[str, str]]) -> list[tuple[int, int]]:
        return [(curve.upper, curve.lower) for curve in with_chosen_ends(tilts, names, ends)]

    assert stretches({}) == [(2, 5), (5, 8), (0, 2)]
    assert stretches({"curve_1": (names[0], names[1])}) == [(0, 1), (2, 5), (5, 8)]
    assert stretches({"curve_2": (names[4], names[8])}) == [(2, 5), (4, 8), (0, 2)]
    assert stretches({"curve_3": (names[2], names[4])}) == [(5, 8), (0, 2), (2, 4)]
    assert stretches({"curve_1": ("vertebra_99", names[1])}) == [(2, 5), (5, 8), (0, 2)]


@pytest.mark.parametrize("place", [0, 5, 9, 16])
def test_snapping_brings_dragged_plates_back(phantom: SpinePhantom, place: int) -> None:
    quad = phantom.corners[place]
    height = float(np.linalg.norm(quad[2:].mean(axis=0) - quad[:2].mean(axis=0)))
    turned = quad + np.array([[-5, 0], [4, 0], [3, 0], [-4, 0]])
    snapped = snap_end_plates(phantom.film.pixels, turned)

    def tilts(corners: np.ndarray) -> np.ndarray:
        across = corners[[1, 3]] - corners[[0, 2]]
        return np.degrees(np.arctan2(across[:, 0], across[:, 1]))

    assert (np.abs(tilts(turned) - tilts(quad)) > 3).all()
    assert (np.abs(tilts(snapped) - tilts(quad)) < 0.5 * np.abs(tilts(turned) - tilts(quad))).all()
    assert (np.linalg.norm(snapped - quad, axis=1) < 0.1 * height).all()


def test_snapping_leaves_a_plate_where_there_is_no_edge(phantom: SpinePhantom) -> None:
    quad = phantom.corners[5]
    flat = np.random.default_rng(0).normal(0.5, 0.01, phantom.film.shape).astype(np.float32)
    assert (snap_end_plates(flat, quad) == quad).all()
    outside = quad - [5000.0, 0]
    assert (snap_end_plates(phantom.film.pixels, outside) == outside).all()


def test_only_the_vertebrae_of_chosen_corners_are_snapped(spine_analysis: Analysis) -> None:
    places = REVIEW.landmarks(spine_analysis, Edits())
    moved = REVIEW.snap(spine_analysis.radiograph, places, ["vertebra_05_tr", "vertebra_05_tl"])
    assert set(moved) == {f"vertebra_05_{corner}" for corner in ("tl", "tr", "bl", "br")}
    assert REVIEW.snap(spine_analysis.radiograph, places, ["spine"]) == {}


@pytest.fixture
def partial_analysis(spine_analysis: Analysis) -> Analysis:
    """The phantom without its last two vertebrae: its largest curve ends two vertebrae above the lowest one."""
    seen = {name: place for name, place in spine_analysis.landmarks.items() if int(name[9:11]) <= 15}
    angle = next(each for each in spine_analysis.measurements if each.key == TILT)
    measured = replace(angle, details={**angle.details, "partial": "yes"}, status=Status.REVIEW, reasons=TOO_SHORT)
    refused = (Measurement.refused(COBB_ANGLE, "curve_2", "vertebral_tilt", *TOO_SHORT),)
    return replace(spine_analysis, landmarks=seen, measurements=(measured, *refused))


def test_a_part_of_the_spine_stays_one_after_an_edit(partial_analysis: Analysis, phantom: SpinePhantom) -> None:
    lower = Point(*(phantom.corners[4, 1] + [6.0, 0.0]))
    now = measurements(partial_analysis, Edits().with_landmarks({"vertebra_05_tr": lower}))
    assert now[TILT].corrected_value is not None
    assert now[TILT].now.details["partial"] == "yes"
    assert "spine_too_short" in now[TILT].now.reasons
    assert now["cobb_angle", "curve_2", "vertebral_tilt"].now.reasons == TOO_SHORT
    assert ("coronal_balance", "", "vertebra_centres") not in now


def test_a_person_may_choose_the_ends_of_a_curve_that_goes_on(partial_analysis: Analysis) -> None:
    ends = ("vertebra_11", "vertebra_15")
    angle = measurements(partial_analysis, Edits().with_curve_ends("curve_2", ends))[
        "cobb_angle", "curve_2", "vertebral_tilt"
    ].now
    assert angle.value is not None
    assert {"partial": "yes", "ends": "chosen"}.items() <= angle.details.items()
