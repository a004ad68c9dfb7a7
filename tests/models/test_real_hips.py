"""The real hip films that were read by eye, and intervals that have to hold on them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from radcaliper.learning.conformal import MeasurementError
from radcaliper.learning.datasets.real_hips import Verdict, real_hip_films
from radcaliper.learning.hip.calibrate import widened
from radcaliper.measurements.specs import Quantity
from radcaliper.qc.intervals import Width


def test_the_readings_are_read_as_they_stand(data_folder: Path) -> None:
    films = {film.name: film for film in real_hip_films(data_folder)}
    sides = [side for film in films.values() for side in film.sides.values()]
    assert len(films) == 23
    assert sum(bool(side.drawn) for side in sides) == 15
    assert sum(side.clear for side in sides) == 7
    table = pd.read_csv(data_folder / "hip" / "real_bonebreak" / "ccd.csv").set_index(["image", "side"])
    assert [name for name, film in films.items() if film.growth_plates is None] == ["bb0096.jpg"]
    assert sum(film.growth_plates is True for film in films.values()) == 7
    row = table.loc[("bb0692.jpg", "left")]
    side = films["bb0692.jpg"].sides["left"]
    assert side.verdicts == (Verdict.YES, Verdict.YES)
    assert side.angle == pytest.approx((row.ccd_a + row.ccd_b) / 2, abs=0.3)


def test_a_folder_without_readings_has_no_films(tmp_path: Path) -> None:
    assert list(real_hip_films(tmp_path)) == []


def test_real_errors_widen_and_never_narrow(capsys: pytest.CaptureFixture[str]) -> None:
    widths = {"ccd_angle": Width(2.0, 2.0), "femoral_offset": Width(3.0, 0.03)}
    errors = [MeasurementError(f"p{number}", "ccd_angle", Quantity.ANGLE, 130, 1, float(number)) for number in range(6)]
    errors += [MeasurementError(f"p{number}", "femoral_offset", Quantity.LENGTH, 40, 1, 0.5) for number in range(6)]
    wider = widened(widths, errors)
    assert wider["ccd_angle"] == Width(5.0, 5.0)
    assert wider["femoral_offset"] == widths["femoral_offset"]
    assert "real n    6" in capsys.readouterr().out
