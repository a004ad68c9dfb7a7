"""The tables of ``evaluate --quality`` on made-up masks whose figures are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from radcaliper.learning.conformal import MeasurementError
from radcaliper.learning.dice_bound import MaskExample
from radcaliper.learning.quality.figures import quality_tables, separation
from radcaliper.learning.quality.plot import draw_quality
from radcaliper.learning.quality.reverse_classification import reference_of, reverse_accuracy
from radcaliper.learning.quality.rows import REGISTERED, QualityRows, QualityTables, judged_tables
from radcaliper.measurements.specs import Quantity
from radcaliper.qc.thorax_modes import THORAX_STRUCTURES


@pytest.fixture(scope="module")
def tables() -> QualityTables:
    """Sixty patients, each with a clean film and a damaged one."""
    rng, rows = np.random.default_rng(0), QualityRows()
    for number in range(60):
        for damage in ("clean", "blur"):
            of = {"image": f"{number}", "patient": f"{number}", "dataset": "made-up", "damage": damage}
            for name in THORAX_STRUCTURES:
                loss = float(rng.exponential(0.02 if damage == "clean" else 0.15))
                features = {"disagreement": min(1.0, loss * float(rng.uniform(0.8, 1.2))), "improbability": 0.5}
                rows.add_mask(
                    of, MaskExample(f"{number}", name, max(0.0, 1 - loss), features), {REGISTERED: float(rng.uniform())}
                )
            score = abs(float(rng.normal()))
            error = MeasurementError(
                f"{number}", "cardiothoracic_ratio", Quantity.RATIO, 0.4 + number / 300, score / 50, score
            )
            rows.add_measurement(of, error)
            rows.films.append(of | {"refused": False, "reasons": "rotated" if number % 2 else ""})
    return judged_tables(rows)


def test_every_mask_and_number_is_judged(tables: QualityTables) -> None:
    assert len(tables.masks) == 60 * 2 * 3
    assert len(tables.measurements) == len(tables.films) == 60 * 2
    assert set(tables.unseen_damage.damage) == {"blur"}


def test_predicted_dice_beats_what_knows_nothing(tables: QualityTables) -> None:
    found = separation(tables.masks).set_index(["films", "score"])
    assert found.loc[("damaged", "quality"), "AUROC"] > 0.9
    assert found.loc[("damaged", "mean probability"), "AUROC"] == 0.5
    row = found.loc[("clean and damaged", "quality")]
    assert row["ideal"] <= row["AURC"] < row["random"]


def test_every_table_has_rows_and_coverage_is_near_its_name(tables: QualityTables) -> None:
    found = dict(quality_tables(tables))
    assert all(len(table) for table in found.values())
    intervals = found["Intervals (nominal 90 %)"]
    assert intervals.loc[intervals.by == "all", "coverage"].item() == pytest.approx(0.9, abs=0.08)


def test_the_picture_is_written(tables: QualityTables, tmp_path: Path) -> None:
    draw_quality(tables.masks, tmp_path / "quality.png")
    assert (tmp_path / "quality.png").stat().st_size > 10_000


def test_reverse_classification_tells_a_right_mask_from_a_wrong_one() -> None:
    rows, cols = np.mgrid[:128, :128]

    def film(shift: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        places = {"right_lung": (60, 38 + shift), "left_lung": (60, 90 + shift), "heart": (84, 66 + shift)}
        masks = {n: ((rows - r) / 34) ** 2 + ((cols - c) / 17) ** 2 <= 1 for n, (r, c) in places.items()}
        grey = 0.6 - 0.4 * (masks["right_lung"] | masks["left_lung"]) + 0.2 * masks["heart"]
        return np.asarray(grey, np.float32), masks

    reference, (grey, masks) = reference_of(*film(0)), film(4)
    right = reverse_accuracy(reference_of(grey, masks), [reference])
    wrong = reverse_accuracy(reference_of(grey, masks | {"heart": np.roll(masks["heart"], -50, axis=0)}), [reference])
    assert min(right.values()) > 0.85
    assert wrong["heart"] < right["heart"] - 0.3


def test_numbers_are_judged_where_no_masks_are() -> None:
    rng, rows = np.random.default_rng(0), QualityRows()
    for number in range(60):
        of = {"image": f"{number}", "patient": f"{number}", "dataset": "made-up", "damage": "clean"}
        error = abs(float(rng.normal()))
        rows.add_measurement(
            of,
            MeasurementError(f"{number}", "ccd_angle", Quantity.ANGLE, 110 + number / 2, error / 50, error),
        )
    ((heading, intervals),) = quality_tables(judged_tables(rows))
    assert heading == "Intervals (nominal 90 %)"
    assert set(intervals.by) == {"all", "value"}
