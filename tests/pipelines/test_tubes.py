"""What a film's tubes add to its results: there or absent, where the tip is, or why that is not said."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from radcaliper.measurements.catalog import NGT_TIP_TO_DIAPHRAGM
from radcaliper.measurements.region import Region
from radcaliper.measurements.types import (
    Analysis,
    Landmark,
    MaskQuality,
    Measurement,
    Point,
    Prediction,
    Radiograph,
    Status,
)
from radcaliper.models.tubes.candidates import Candidate, Candidates
from radcaliper.models.tubes.predict import prediction_of
from radcaliper.pipelines.protocols.base import Examination, joined
from radcaliper.pipelines.protocols.chest import PROTOCOL
from radcaliper.pipelines.protocols.chest.tubes import measure_tubes, tube_landmarks
from radcaliper.pipelines.protocols.drawing import drawing_of_film
from radcaliper.pipelines.results.masks import shown_regions
from radcaliper.pipelines.results.rows import analysis_rows
from radcaliper.qc.status_rules import DEFAULT_RULES

SHAPE = (300, 400)
CARINA = Landmark(Point(150.0, 200.0), 0.9)


@dataclass(frozen=True)
class WithTubes:
    """What a film's tubes add to its analysis."""

    prediction: Prediction
    qualities: tuple[MaskQuality, ...]
    measurements: tuple[Measurement, ...]
    landmarks: dict[str, Landmark]


def candidate(kind: str, last_row: float = 100.0, presence: float = 0.95) -> Candidate:
    """An upright line in column 200, five pixels wide."""
    rows = np.linspace(5, last_row, 60)
    mask = np.zeros(SHAPE, bool)
    mask[5 : round(last_row), 198:203] = True
    path = np.stack([rows, np.full(60, 200.0)], axis=1)
    return Candidate(
        kind,
        path,
        Region.of(mask),
        features={"certainty": 0.97},
        presence=presence,
        tip_heat=0.8,
        agreement=0.97,
        leaves=False,
        cut=False,
    )


@pytest.fixture
def chest(chest_analysis: Analysis) -> Prediction:
    masks = dict(chest_analysis.prediction.masks) if chest_analysis.prediction else {}
    airways = np.zeros(SHAPE, bool)
    airways[20:150, 192:208] = True
    return Prediction(masks | {"airways": airways})


def with_tubes(film: Radiograph, chest: Prediction, candidates: Candidates) -> WithTubes:
    """The closer look joined to the prediction on the whole film, as the protocol does, and measured."""
    part = prediction_of(candidates)
    whole = joined(chest, "tubes", part)
    qualities = PROTOCOL.qualities(part, film)
    measurements = DEFAULT_RULES.of_measurements(measure_tubes(Examination(film, whole, None, qualities)))
    return WithTubes(whole, qualities, measurements, tube_landmarks(whole))


def found_on(analysis: Analysis, chest: Prediction, *tubes: Candidate, carina: Landmark | None = CARINA) -> WithTubes:
    return with_tubes(analysis.radiograph, chest, Candidates(tubes, carina, 2.0))


def test_no_tube_is_absent_with_its_probability(chest_analysis: Analysis, chest: Prediction) -> None:
    found = found_on(chest_analysis, chest, candidate("ngt", presence=0.2))
    assert [quality.status for quality in found.qualities] == [Status.ABSENT] * 5
    assert [quality.presence for quality in found.qualities] == [0.0, 0.2, 0.0, 0.0, 0.0]
    assert {each.reasons for each in found.measurements} == {("ett_absent",), ("ngt_absent",), ("cvc_absent",)}
    assert {each.status for each in found.measurements} == {Status.ABSENT}
    assert set(found.landmarks) == {"carina"}
    assert not {"ett", "ngt", "cvc"} & set(found.prediction.masks)


def test_a_tube_is_measured_in_millimetres(chest_analysis: Analysis, chest: Prediction) -> None:
    measured = {each.name: each for each in found_on(chest_analysis, chest, candidate("ett")).measurements}
    distance = measured["ett_tip_to_carina"]
    assert distance.value == pytest.approx(25.0, abs=0.5)  # 50 pixels of half a millimetre
    assert distance.unit == "mm"
    assert distance.lower is not None
    assert distance.upper is not None
    assert distance.lower < 24.5 < 25.5 < distance.upper
    assert distance.status is Status.OK
    assert measured["ett_tip_to_carina_tracheal_widths"].value == pytest.approx(50 / 16, abs=0.05)


def test_without_a_spacing_it_is_in_pixels_and_has_no_class(chest_analysis: Analysis, chest: Prediction) -> None:
    film = replace(chest_analysis.radiograph, spacing=None)
    found = with_tubes(film, chest, Candidates((candidate("ett"),), CARINA, 2.0))
    assert found.measurements[0].unit == "px"
    assert found.measurements[0].reference_class == ""


def test_a_tube_that_leaves_the_film_has_no_tip(chest_analysis: Analysis, chest: Prediction) -> None:
    gone = replace(candidate("ngt", 299.0), leaves=True)
    found = found_on(chest_analysis, chest, gone)
    distance = next(each for each in found.measurements if each.spec is NGT_TIP_TO_DIAPHRAGM)
    assert (distance.status, distance.reasons) == (Status.REFUSED, ("tip_outside_film",))
    assert "ngt_tip" not in found.landmarks
    assert found.qualities[1].status is not Status.ABSENT


def test_no_carina_no_distance_to_it(chest_analysis: Analysis, chest: Prediction) -> None:
    found = found_on(chest_analysis, chest, candidate("cvc"), carina=None)
    assert {each.reasons for each in found.measurements if "cvc" in each.name} == {("carina_not_seen",)}
    assert "cvc_tip" in found.landmarks


def test_a_doubtful_tube_asks_for_a_review(chest_analysis: Analysis, chest: Prediction) -> None:
    found = found_on(chest_analysis, chest, candidate("ett", presence=0.6))
    assert found.qualities[0].status is Status.REVIEW
    assert "doubtful_tube" in found.qualities[0].reasons
    assert found.measurements[0].status is Status.REVIEW


def test_a_tube_whose_mask_is_refused_has_no_distance(chest_analysis: Analysis, chest: Prediction) -> None:
    unusable = replace(candidate("ett"), agreement=0.0, features={"certainty": 0.0})
    found = found_on(chest_analysis, chest, unusable)
    assert (found.qualities[0].status, found.qualities[0].reasons) == (Status.REFUSED, ("unusable_mask",))
    distance = found.measurements[0]
    assert (distance.status, distance.value, distance.reasons) == (Status.REFUSED, None, ("unusable_mask",))


def test_two_catheters_have_two_tips_and_one_mask(chest_analysis: Analysis, chest: Prediction) -> None:
    found = found_on(chest_analysis, chest, candidate("cvc", 160.0), candidate("cvc", 90.0))
    assert {"cvc_tip", "cvc_2_tip"} <= set(found.landmarks)
    assert found.prediction.masks["cvc"].sum() == candidate("cvc", 160.0).region.area


def test_tubes_go_into_the_tables_the_masks_and_the_overlay(chest_analysis: Analysis, chest: Prediction) -> None:
    found = found_on(chest_analysis, chest, candidate("ett"))
    analysis = replace(
        chest_analysis,
        prediction=found.prediction,
        qualities=chest_analysis.qualities + found.qualities,
        measurements=chest_analysis.measurements + found.measurements,
        landmarks={**chest_analysis.landmarks, **found.landmarks},
    )
    rows = analysis_rows(analysis, "hash", 0.1)
    by_name = {row["structure"]: row for row in rows.structures}
    assert (by_name["ett"]["status"], by_name["ett"]["reasons"]) == ("ok", "")
    assert by_name["ngt"]["status"] == "absent"
    assert by_name["ngt"]["quality"] is by_name["ngt"]["area_px"] is None
    assert {"ett"} == {name for name, _ in shown_regions(analysis)} & {"ett", "ngt", "cvc"}
    draw = PROTOCOL.load_overlay()
    plain, drawn = draw(chest_analysis), draw(analysis)
    col, row = drawing_of_film(analysis.radiograph).xy(Point(60, 200))
    colour = PROTOCOL.structure("ett").colour
    assert tuple(drawn[row, col, ::-1]) == colour
    assert tuple(plain[row, col, ::-1]) != colour


def test_a_film_without_lungs_has_no_tubes() -> None:
    nothing = np.zeros(SHAPE, bool)
    masks = dict.fromkeys(("right_lung", "left_lung", "airways"), nothing)
    film = Radiograph(np.random.default_rng(0).random(SHAPE, np.float32))
    found = with_tubes(film, Prediction(masks), Candidates((), None, 1.0))
    assert found.landmarks == {}
    assert all(each.status is Status.ABSENT for each in found.measurements)


def test_a_lead_and_a_tracheostomy_have_a_presence_and_a_mask_alone(
    chest_analysis: Analysis, chest: Prediction
) -> None:
    found = found_on(chest_analysis, chest, candidate("pacemaker_lead", 200.0), candidate("tracheostomy", 80.0))
    shown = {each.structure for each in found.qualities if each.status is not Status.ABSENT}
    assert shown == {"pacemaker_lead", "tracheostomy"}
    assert {each.status for each in found.measurements} == {Status.ABSENT}
    assert set(found.landmarks) == {"carina"}
    assert found.prediction.masks["pacemaker_lead"].sum() > found.prediction.masks["tracheostomy"].sum() > 0


def test_the_interval_of_a_distance_scales_with_the_trachea(chest_analysis: Analysis, chest: Prediction) -> None:
    film = replace(chest_analysis.radiograph, spacing=None)
    widths = {}
    for share in (1, 2):
        airways = np.zeros(SHAPE, bool)
        airways[20:150, 200 - 8 * share : 200 + 8 * share] = True
        seen = Prediction({**chest.masks, "airways": airways})
        distance = with_tubes(film, seen, Candidates((candidate("ett"),), CARINA, 2.0)).measurements[0]
        assert distance.lower is not None
        assert distance.upper is not None
        widths[share] = distance.upper - distance.lower
    assert widths[2] == pytest.approx(2 * widths[1])
