"""Regions answer as the whole mask does, wherever it lies on the film, and however often they are asked."""

from __future__ import annotations

import numpy as np
import pytest

from radcaliper.measurements.chest import cardiothoracic_ratio, costophrenic_angle, lung_area
from radcaliper.measurements.region import Extent, Region, RegionMasks, structure
from radcaliper.measurements.types import Grid, Mask, NotMeasurable

SHAPE = (83, 61)


def blob(seed: int) -> Mask:
    """A ragged mask somewhere on the film."""
    random = np.random.default_rng(seed)
    mask = np.zeros(SHAPE, bool)
    top, left = random.integers(0, (60, 40))
    part = mask[top : top + random.integers(1, 40), left : left + random.integers(1, 40)]
    part[:] = random.random(part.shape) < random.choice((0.05, 0.6, 1.0))
    return mask


@pytest.mark.parametrize("seed", range(24))
def test_a_region_is_its_mask(seed: int) -> None:
    mask = blob(seed)
    region = Region.of(mask)
    np.testing.assert_array_equal(region.mask, mask)
    assert region.area == mask.sum()
    assert region.is_empty == (not mask.any())
    for step in (1, 2, 3, 7):
        np.testing.assert_array_equal(region.sampled(step), mask[::step, ::step])


@pytest.mark.parametrize("seed", range(24))
def test_rows_and_columns_end_where_those_of_the_mask_do(seed: int) -> None:
    mask = blob(seed)
    region, rows = Region.of(mask), np.flatnonzero(mask.any(axis=1))
    ends = [np.flatnonzero(mask[row])[[0, -1]] for row in rows]
    np.testing.assert_array_equal(region.row_spans.rows, rows)
    np.testing.assert_array_equal(region.row_spans.first, [first for first, _ in ends])
    np.testing.assert_array_equal(region.row_spans.last, [last for _, last in ends])
    within = range(region.extent.left, region.extent.right + 1)
    lowest = [np.flatnonzero(mask[:, col])[-1] if mask[:, col].any() else -1 for col in within]
    np.testing.assert_array_equal(region.lowest, lowest)


def test_the_extent_of_two_regions_holds_both() -> None:
    a, b = np.zeros((2, *SHAPE), bool)
    a[3:9, 20:30], b[5:40, 2:8] = True, True
    both = Region.of(a).extent.joined(Region.of(b).extent)
    assert both == Region.of(a | b).extent == Extent(3, 39, 2, 29)


def test_specks_set_no_extent() -> None:
    mask = np.zeros(SHAPE, bool)
    mask[10:30, 10:30] = True
    mask[60, 50] = True
    assert structure({"heart": mask}, "heart").extent == Extent(10, 29, 10, 29)
    assert Region.of(mask).extent == Extent(10, 60, 10, 50)


def test_masks_kept_as_regions_are_measured_as_they_are() -> None:
    right, left, heart = np.zeros((3, 200, 200), bool)
    right[20:160, 20:80], left[30:150, 120:180], heart[80:150, 70:140] = True, True, True
    masks = {"right_lung": right, "left_lung": left, "heart": heart}
    kept = RegionMasks.of(masks)
    assert list(kept) == list(masks)
    assert cardiothoracic_ratio(kept, Grid()) == cardiothoracic_ratio(masks, Grid())
    for side in ("right", "left"):
        assert lung_area(kept, Grid(), side) == lung_area(masks, Grid(), side)
        assert costophrenic_angle(kept, Grid(), side) == costophrenic_angle(masks, Grid(), side)
    with pytest.raises(NotMeasurable, match="missing_structure"):
        structure(kept, "spine")
