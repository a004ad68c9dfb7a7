"""Lengths that no person has: the film's spacing is not believed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import radcaliper
from radcaliper.measurements.catalog import FEMORAL_HEAD_DIAMETER, MEASUREMENTS, THORACIC_WIDTH
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import Grid, Measurement, PixelSpacing, SpacingSource
from radcaliper.qc.gates.lengths import has_implausible_length

MM = Grid(1.0, 1.0, "mm")


def measured(spec: MeasurementSpec, value: float, grid: Grid) -> list[Measurement]:
    return [Measurement.of(spec.value(value, grid, site=spec.sites[0]), None, "", ())]


@pytest.mark.parametrize(("spec", "value"), [(THORACIC_WIDTH, 451), (THORACIC_WIDTH, 59), (FEMORAL_HEAD_DIAMETER, 16)])
def test_lengths_beyond_anatomy(spec: MeasurementSpec, value: float) -> None:
    assert has_implausible_length(measured(spec, value, MM))
    assert not has_implausible_length(measured(spec, value, Grid()))


@pytest.mark.parametrize(("spec", "value"), [(THORACIC_WIDTH, 90), (THORACIC_WIDTH, 380), (FEMORAL_HEAD_DIAMETER, 48)])
def test_lengths_of_newborns_and_adults(spec: MeasurementSpec, value: float) -> None:
    assert not has_implausible_length(measured(spec, value, MM))


def test_only_lengths_have_limits_of_anatomy() -> None:
    assert {spec.name for spec in MEASUREMENTS if spec.plausible_mm} == {"thoracic_width", "femoral_head_diameter"}


def test_no_number_of_such_a_film_is_in_millimetres(chest_dicom: Path) -> None:
    film = radcaliper.read_radiograph(chest_dicom)
    side = 700 / film.shape[1]
    wide = radcaliper.analyse("film", replace(film, spacing=PixelSpacing(side, side, SpacingSource.USER)), "chest")
    assert "implausible_spacing" in wide.reasons
    assert wide.radiograph.spacing is None
    units = {each.unit.value for each in wide.measurements if each.unit is not None}
    assert units <= {"deg", "px", "px2", "ratio"}
    assert all(quality.area_mm2 is None for quality in wide.qualities)
