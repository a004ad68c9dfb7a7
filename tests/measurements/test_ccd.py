"""Neck-shaft angles of rendered femora with known axes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from radcaliper.measurements.catalog import CCD_ANGLE, measurements_of
from radcaliper.measurements.hip.combined import neck_answers, with_mean_neck
from radcaliper.measurements.hip.from_mask import axes_from_mask
from radcaliper.measurements.hip.from_parts import axes_from_parts
from radcaliper.measurements.hip.neck import shortest_across
from radcaliper.measurements.types import Grid, Mask, NotMeasurable


@dataclass(frozen=True)
class Phantom:
    """A right femur of simple shapes; lengths in head radii, ``radius`` and the film in pixels."""

    angle: float = 126.0
    tilt: float = 5.0
    """Of the shaft: its lower end towards the middle of the body."""
    radius: float = 40.0
    neck: float = 2.4
    narrowest: float = 0.6
    """Half the neck's width where it is narrowest."""
    shaft: float = 4.0
    """How far it is seen below 2.7 radii under the head's centre."""
    head: tuple[float, float] = (90.0, 330.0)
    shape: tuple[int, int] = (520, 460)

    @property
    def down(self) -> NDArray[np.float64]:
        return np.array([np.cos(np.radians(self.tilt)), np.sin(np.radians(self.tilt))])

    @property
    def out(self) -> NDArray[np.float64]:
        """From the head's centre down the neck: the shaft's direction turned by 180 - angle to the outer side."""
        turn = np.radians(180 - self.angle)
        row, col = self.down
        return np.array([row * np.cos(turn) + col * np.sin(turn), col * np.cos(turn) - row * np.sin(turn)])

    def mask(self) -> Mask:
        head = np.array(self.head)
        root = head + self.neck * self.radius * self.out
        grid = np.stack(np.indices(self.shape), axis=-1).astype(float)

        def capsule(a: NDArray[np.float64], b: NDArray[np.float64], first: float, last: float) -> Mask:
            share = np.clip((grid - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
            off = np.linalg.norm(grid - a - share[..., None] * (b - a), axis=-1)
            return np.asarray(off <= (first + share * (last - first)) * self.radius)

        def at(outwards: float) -> NDArray[np.float64]:
            return head + outwards * self.radius * self.out

        below = head @ self.down + (2.7 + self.shaft) * self.radius
        across = np.array([-self.down[1], self.down[0]])
        lesser = root + 0.6 * self.radius * self.down + 0.5 * self.radius * across
        parts = [
            capsule(head, head + 1e-6, 1, 1),
            capsule(at(0.5), at(1.1), max(self.narrowest, 0.75), self.narrowest)
            | capsule(at(1.1), at(2.0), self.narrowest, 0.8),
            capsule(root - 0.4 * self.radius * self.down, root + 20 * self.radius * self.down, 0.66, 0.66),
            capsule(lesser, lesser + 1e-6, 0.45, 0.45),
        ]
        return np.asarray(np.logical_or.reduce(parts) & (grid @ self.down <= below))


def angle_of(phantom: Phantom) -> float:
    return axes_from_mask(phantom.mask(), Grid(), "right").ccd_angle()


@pytest.mark.parametrize("angle", [110, 118, 126, 134, 142])
@pytest.mark.parametrize("tilt", [-6, 0, 8])
def test_the_angle_is_right_within_half_a_degree(angle: float, tilt: float) -> None:
    assert angle_of(Phantom(angle, tilt)) == pytest.approx(angle, abs=0.5)


@settings(max_examples=15, deadline=None)
@given(angle=st.floats(112, 142), tilt=st.floats(-8, 8), radius=st.floats(30, 44), shaft=st.floats(2, 5))
def test_any_usual_femur_is_read(angle: float, tilt: float, radius: float, shaft: float) -> None:
    phantom = Phantom(angle, tilt, radius, shaft=shaft)
    axes = axes_from_mask(phantom.mask(), Grid(), "right")
    assert axes.ccd_angle() == pytest.approx(angle, abs=1.0)
    assert axes.radius == pytest.approx(radius, rel=0.02)


def test_head_and_offset_are_right() -> None:
    phantom = Phantom()
    axes = axes_from_mask(phantom.mask(), Grid(0.5, 0.5, "mm"), "right")
    assert axes.radius == pytest.approx(20, abs=0.3)
    assert axes.head == pytest.approx(np.array(phantom.head) / 2, abs=0.4)
    assert axes.offset() == pytest.approx(np.sin(np.radians(180 - phantom.angle)) * phantom.neck * 20, abs=0.5)


def test_a_mirrored_femur_is_the_other_side_s() -> None:
    mask = Phantom().mask()
    right, left = axes_from_mask(mask, Grid(), "right"), axes_from_mask(mask[:, ::-1], Grid(), "left")
    assert left.ccd_angle() == pytest.approx(right.ccd_angle(), abs=1e-6)
    assert left.head[1] == pytest.approx(mask.shape[1] - 1 - right.head[1], abs=1e-6)


def test_the_angle_does_not_depend_on_scale() -> None:
    large = Phantom(radius=80, head=(180, 660), shape=(1040, 920))
    assert angle_of(large) == pytest.approx(angle_of(Phantom()), abs=0.5)


def test_pixels_need_not_be_square() -> None:
    phantom = Phantom(radius=80, head=(180, 660), shape=(1040, 920))
    halved = phantom.mask()[::2]
    axes = axes_from_mask(halved, Grid(1.0, 0.5, "mm"), "right")
    assert axes.ccd_angle() == pytest.approx(phantom.angle, abs=0.7)
    assert axes.radius == pytest.approx(40, abs=0.6)


@pytest.mark.parametrize("by", [1.3, 1.4, 1 / 1.3])
def test_a_stretched_head_is_named(by: float) -> None:
    mask = Phantom(radius=36).mask().astype(np.uint8)
    height, width = mask.shape
    stretched = cv2.resize(mask, (width, round(height * by)), interpolation=cv2.INTER_NEAREST)
    with pytest.raises(NotMeasurable, match="stretched_film"):
        axes_from_mask(stretched, Grid(), "right")


@pytest.mark.parametrize("tilt", [-20, -12, 12, 20])
@pytest.mark.parametrize("shaft", [2, 5, 13])
def test_shafts_of_any_length_and_tilt_are_measured(tilt: float, shaft: float) -> None:
    phantom = Phantom(128, tilt, 20, shaft=shaft, head=(60, 250), shape=(440, 500))
    assert angle_of(phantom) == pytest.approx(128, abs=1.5)


@pytest.mark.parametrize("half", [0.55, 0.7, 0.77])
def test_wide_and_slender_necks_are_measured(half: float) -> None:
    assert angle_of(Phantom(128, narrowest=half)) == pytest.approx(128, abs=1)


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32])
def test_a_mask_of_any_type_gives_the_same(kind: type) -> None:
    mask = Phantom().mask()
    found, same = axes_from_mask(mask.astype(kind), Grid(), "right"), axes_from_mask(mask, Grid(), "right")
    assert found.ccd_angle() == same.ccd_angle()
    assert found.radius == same.radius


def test_the_points_give_the_value() -> None:
    grid = Grid(0.4, 0.4, "mm")
    axes = axes_from_mask(Phantom().mask(), grid, "right")
    for spec in (each for each in measurements_of("hip") if "right" in each.sites):
        reading = spec.measure(axes, grid, "right")
        places = np.array([(point.row * grid.row, point.col * grid.col) for point in reading.points])
        if reading.spec is CCD_ANGLE:
            head, neck, upper, lower = places
            cosine = (head - neck) @ (lower - upper) / (np.linalg.norm(head - neck) * np.linalg.norm(lower - upper))
            assert reading.value == pytest.approx(np.degrees(np.arccos(cosine)), abs=1e-6)
        else:
            assert reading.value == pytest.approx(np.linalg.norm(places[1] - places[0]), abs=1e-6)


def test_the_shortest_line_across_a_waist_is_found() -> None:
    along = np.linspace(-1, 1, 81)
    upper = np.stack([along, 1 + along**2], axis=1)
    middle, width = shortest_across(upper, upper * [1, -1])
    assert middle == pytest.approx([0, 0], abs=1e-9)
    assert width == pytest.approx(2)


def test_too_little_shaft_is_refused() -> None:
    with pytest.raises(NotMeasurable, match="shaft_too_short"):
        angle_of(Phantom(shaft=0.1))


def test_a_cut_head_is_refused() -> None:
    with pytest.raises(NotMeasurable, match=r"hip_cut_off|no_femoral_head"):
        axes_from_mask(Phantom().mask()[90:], Grid(), "right")


def test_a_femur_without_its_head_is_refused() -> None:
    phantom = Phantom()
    rows, cols = np.indices(phantom.shape)
    off = np.stack([rows, cols], axis=-1) - (np.array(phantom.head) + 1.4 * phantom.radius * phantom.out)
    headless = phantom.mask() & (off @ phantom.out > 0)
    with pytest.raises(NotMeasurable):
        axes_from_mask(headless, Grid(), "right")


def trochanter_over_neck(phantom: Phantom) -> Mask:
    upwards = np.array([phantom.out[1], -phantom.out[0]])
    middle = np.array(phantom.head) + phantom.radius * (1.2 * phantom.out + 0.7 * upwards)
    off = np.stack(np.indices(phantom.shape), axis=-1) - middle
    return np.asarray(np.linalg.norm(off, axis=-1) < 0.8 * phantom.radius)


@pytest.mark.parametrize("angle", [115, 126, 140])
def test_a_neck_that_the_trochanter_covers_is_refused(angle: float) -> None:
    phantom = Phantom(angle)
    with pytest.raises(NotMeasurable, match="neck_not_seen"):
        axes_from_mask(phantom.mask() | trochanter_over_neck(phantom), Grid(), "right")


def test_a_head_pressed_flat_keeps_the_angle() -> None:
    phantom = Phantom()
    rows = np.arange(phantom.shape[0])[:, None]
    flat = phantom.mask() & (rows > phantom.head[0] - 0.93 * phantom.radius)
    assert axes_from_mask(flat, Grid(), "right").ccd_angle() == pytest.approx(phantom.angle, abs=1.5)


def test_no_mask_is_refused() -> None:
    with pytest.raises(NotMeasurable, match="missing_structure"):
        axes_from_mask(np.zeros((50, 50), bool), Grid(), "left")


def parts_of(phantom: Phantom) -> dict[str, Mask]:
    """The head's disc and the bands along both axes."""
    head = np.array(phantom.head)
    root = head + phantom.neck * phantom.radius * phantom.out
    grid = np.stack(np.indices(phantom.shape), axis=-1).astype(float)

    def band(start: NDArray[np.float64], along: NDArray[np.float64], length: float) -> Mask:
        off = grid - start
        across = np.abs(off @ np.array([-along[1], along[0]]))
        return np.asarray((off @ along >= 0) & (off @ along <= length) & (across <= 0.22 * phantom.radius))

    return {
        "right_head": np.linalg.norm(grid - head, axis=-1) <= phantom.radius,
        "right_neck_axis": band(head, phantom.out, phantom.neck * phantom.radius),
        "right_shaft_axis": band(root + 50 * phantom.down, phantom.down, 3 * phantom.radius),
    }


@pytest.mark.parametrize("angle", [110, 126, 142])
def test_parts_give_the_angle(angle: float) -> None:
    phantom = Phantom(angle)
    axes = axes_from_parts(parts_of(phantom), Grid(), "right")
    assert axes.ccd_angle() == pytest.approx(angle, abs=0.3)
    assert axes.radius == pytest.approx(phantom.radius, rel=0.01)
    assert axes.head == pytest.approx(np.array(phantom.head), abs=0.2)


@pytest.mark.parametrize(
    ("part", "reason"),
    [("head", "no_femoral_head"), ("neck_axis", "neck_not_seen"), ("shaft_axis", "shaft_too_short")],
)
def test_a_missing_part_is_named(part: str, reason: str) -> None:
    parts = parts_of(Phantom())
    parts[f"right_{part}"] = np.zeros_like(parts[f"right_{part}"])
    with pytest.raises(NotMeasurable, match=reason):
        axes_from_parts(parts, Grid(), "right")


def test_the_neck_lies_midway_between_the_parts_and_the_outline() -> None:
    phantom, turned = Phantom(126.0), Phantom(124.0)
    masks = {**parts_of(phantom), "right_femur": phantom.mask()}
    masks["right_neck_axis"] = parts_of(turned)["right_neck_axis"]
    answers = neck_answers(masks, Grid(), "right")
    assert [each.ccd_angle() for each in answers] == pytest.approx([124.0, 126.0], abs=0.5)
    assert with_mean_neck(answers).ccd_angle() == pytest.approx(125.0, abs=0.4)
    assert (answers[1].head == answers[0].head).all()


def test_an_outline_far_from_the_parts_is_not_believed() -> None:
    masks = {**parts_of(Phantom(120.0)), "right_femur": Phantom(132.0).mask()}
    answers = neck_answers(masks, Grid(), "right")
    assert len(answers) == 2
    assert with_mean_neck(answers).ccd_angle() == pytest.approx(answers[0].ccd_angle(), abs=1e-6)


def test_where_the_outline_shows_no_neck_the_parts_alone_tell() -> None:
    phantom = Phantom()
    masks = {**parts_of(phantom), "right_femur": phantom.mask() | trochanter_over_neck(phantom)}
    (parts,) = neck_answers(masks, Grid(), "right")
    mean = with_mean_neck((parts,))
    assert mean.ccd_angle() == pytest.approx(parts.ccd_angle(), abs=1e-9)
    assert mean.neck == pytest.approx(parts.neck)


def test_a_circle_that_does_not_follow_the_bone_is_refused() -> None:
    phantom = Phantom()
    collapsed = phantom.mask() & (np.arange(phantom.shape[0])[:, None] > phantom.head[0] - 0.2 * phantom.radius)
    run_out = phantom.mask() | (np.indices(phantom.shape).sum(axis=0) < sum(phantom.head) + phantom.radius)
    for femur in (collapsed, run_out):
        with pytest.raises(NotMeasurable, match="no_femoral_head"):
            neck_answers({**parts_of(phantom), "right_femur": femur}, Grid(), "right")


def test_an_elongated_disc_is_a_stretched_film() -> None:
    parts = parts_of(Phantom())
    with pytest.raises(NotMeasurable, match="stretched_film"):
        axes_from_parts(parts, Grid(1.0, 0.6, "mm"), "right")


def test_parts_without_a_femur_are_refused() -> None:
    with pytest.raises(NotMeasurable, match="missing_structure"):
        neck_answers({**parts_of(Phantom()), "right_femur": np.zeros(Phantom().shape, bool)}, Grid(), "right")


def test_shifted_axes_keep_their_angle() -> None:
    axes = axes_from_parts(parts_of(Phantom()), Grid(), "right")
    moved = axes.shifted(np.array([10.0, -5.0]))
    assert moved.ccd_angle() == pytest.approx(axes.ccd_angle())
    assert moved.offset() == pytest.approx(axes.offset())
    assert moved.head == pytest.approx(axes.head + np.array([10.0, -5.0]))
