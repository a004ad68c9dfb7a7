"""What radcaliper finds on films of one's own is judged against masks and numbers, and calibrated by them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radcaliper.learning.datasets.own_films import NoFilms
from radcaliper.learning.own.calibrate import calibrate_own, settings_text
from radcaliper.learning.own.evaluate import PAGE, evaluate_own, verdicts
from radcaliper.learning.own.figures import (
    bootstrapped_mean,
    number_table,
    subgroup_table,
    verdict,
    worst_films,
)
from radcaliper.learning.own.judging import JudgedTables, Question, read_true_numbers
from radcaliper.models.registry import BUNDLES
from radcaliper.pipelines.protocols.own.bundle import own_bundles
from radcaliper.pipelines.settings import BadSettings, rules_of
from radcaliper.qc.calibration import Calibration
from radcaliper.qc.intervals import Width
from radcaliper.qc.mask_quality import shipped_fits


def judged(errors: list[float], half: float = 1.0, sex: str = "FM") -> JudgedTables:
    """Heart widths of 100 that are found with these errors, each of a patient, intervals ``half`` to either side."""
    images = [f"{number}.png" for number in range(len(errors))]
    value = 100 + np.array(errors)
    facts = {"image": images, "patient": images}
    numbers = pd.DataFrame(
        facts
        | {"measurement": "heart_width", "site": "", "key": "heart_width", "truth": 100.0, "value": value}
        | {"lower": value - half, "upper": value + half, "unit": "mm", "reasons": "", "error": errors}
        | {"covered": (np.abs(errors) <= half).astype(float)}
    )
    films = pd.DataFrame(
        facts | {"status": "ok", "reasons": "", "protocol": "chest", "sex": [sex[n % 2] for n in range(len(errors))]}
    )
    masks = pd.DataFrame(columns=["image", "patient", "structure", "dice", "quality", "lower"])
    return JudgedTables(films, masks, numbers)


def test_patients_are_resampled_not_films() -> None:
    apart = bootstrapped_mean(pd.Series([0.0, 1.0] * 20), pd.Series(range(40)))
    together = bootstrapped_mean(pd.Series([0.0, 1.0] * 20), pd.Series([0, 1] * 20))
    assert 0.3 < apart[0] < 0.5 < apart[1] < 0.7
    assert together == (0.0, 1.0)  # two patients, however many films


@pytest.mark.parametrize(
    ("covered", "words"),
    [
        (36 * [1.0] + 4 * [0.0], "0.90 [0.76, 0.97]: holds"),
        (20 * [1.0] + 20 * [0.0], "0.50 [0.34, 0.66]: does NOT hold"),
        (32 * [1.0] + 8 * [0.0], "0.80 [0.64, 0.91]: unsure"),
        (5 * [1.0], "1.00 [0.48, 1.00]: too few films to say"),
        ([np.nan], "has none"),
    ],
)
def test_an_interval_is_said_to_hold_or_not(covered: list[float], words: str) -> None:
    assert verdict(pd.Series(covered)) == words


def test_limits_of_agreement_are_those_of_bland_and_altman() -> None:
    (row,) = number_table(judged([-1.0, 3.0] * 15)).to_dict("records")
    assert row["bias"].startswith("1.0 [")
    assert row["mean error"].startswith("2.0 [")
    spread = np.std([-1.0, 3.0] * 15, ddof=1)
    assert row["limits of agreement"] == f"{1 - 1.96 * spread:.1f} to {1 + 1.96 * spread:.1f}"


def test_a_broken_interval_is_named() -> None:
    assert verdicts(judged([5.0] * 30)) == [
        "They do NOT hold for: heart_width. `radcaliper calibrate DATA -o FILE` makes intervals that do."
    ]
    assert verdicts(judged([0.5] * 30)) == ["The 90 % intervals hold on these films for: heart_width."]


def test_subgroups_and_worst_films() -> None:
    tables = judged([1.0, 9.0] * 15)
    rows = subgroup_table(tables).to_dict("records")
    assert [(row["group"], row["films"], row["mean"][:3]) for row in rows] == [("F", 15, "1.0"), ("M", 15, "9.0")]
    assert set(worst_films(tables, 3)) < {f"{number}.png" for number in range(1, 30, 2)}


def test_true_numbers_are_read_and_wrong_ones_told(tmp_path: Path) -> None:
    truth = tmp_path / "truth.csv"
    truth.write_text("image,measurement,site,value\na.png,lung_area,right,120\na.png,heart_width,,130\n")
    assert read_true_numbers(tmp_path).of_film == {"a.png": {("lung_area", "right"): 120.0, ("heart_width", ""): 130.0}}
    truth.write_text("image,measurement,value\na.png,heart_widht,130\n")
    with pytest.raises(NoFilms, match="line 2: 'heart_widht' is no measurement"):
        read_true_numbers(tmp_path)
    truth.write_text("image,measurement,value\na.png,heart_width,wide\n")
    with pytest.raises(NoFilms, match="the value 'wide' is no number"):
        read_true_numbers(tmp_path)
    truth.write_text("film,width\n")
    with pytest.raises(NoFilms, match="missing: image, measurement, value"):
        read_true_numbers(tmp_path)


def test_a_calibration_comes_back_from_its_settings_file() -> None:
    name = "heart"
    calibration = Calibration({name: shipped_fits()[name]}, {"cobb_angle_aasce:main": Width(2.5, 0.1, 0.02)})
    models = [BUNDLES["chest_anatomy"].identity]
    text = settings_text(calibration, models, 30, ["heart: told"])
    assert rules_of(tomllib.loads(text)).calibration == calibration
    with pytest.raises(BadSettings, match="made with other weights"):
        rules_of(tomllib.loads(text.replace(models[0], "chest_anatomy-0.0.1-00000000")))
    with pytest.raises(BadSettings, match="as radcaliper calibrate writes it"):
        rules_of(tomllib.loads(text.replace("scale", "scales")))


def test_films_of_ones_own_are_evaluated_and_calibrated(
    tmp_path: Path, write_own_films: Callable[..., Path], knob_bundle: Path
) -> None:
    data = write_own_films(tmp_path / "data", 22)
    question = Question(bundles=own_bundles([knob_bundle]))
    told: list[str] = []
    tables = evaluate_own(data, question, tmp_path / "figures", told.append).tables
    assert told == []
    assert len(tables.masks) == 22
    assert set(tables.numbers.measurement) == {"knob_area"}
    page = (tmp_path / "figures" / PAGE).read_text(encoding="utf-8")
    assert "knob_area" in page
    assert page.count("data:image/jpeg") == 6
    assert (tmp_path / "figures" / "risk_coverage.png").is_file()
    calibrate_own(data, tmp_path / "own.toml", question, told.append)
    calibration = rules_of(tomllib.loads((tmp_path / "own.toml").read_text(encoding="utf-8"))).calibration
    assert "knob" in calibration.qualities
    widened = Question(bundles=question.bundles, rules=rules_of(tomllib.loads((tmp_path / "own.toml").read_text())))
    bounds = evaluate_own(data, widened, None, told.append).tables.masks
    assert (bounds.dice >= bounds.lower).mean() >= 0.9
