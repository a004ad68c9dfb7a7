"""What is known of real tubes becomes targets, and what counts as present is fitted to what was seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from radcaliper.learning.chest.tubes.labels import Labels, with_real_tubes
from radcaliper.learning.chest.tubes.marked_leads import marked_leads
from radcaliper.learning.chest.tubes.presence import PresenceExample, fit_presence
from radcaliper.learning.chest.tubes.readings import Reading, TubeFilm, tube_films
from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.measurements.types import Point
from radcaliper.models.tubes.channels import BODIES, REPORTED, TUBE_CHANNELS
from radcaliper.models.tubes.presence import presence

SHAPE = (64, 48)
NOTHING = np.zeros((len(TUBE_CHANNELS), 32, 24), np.float32)


def film(*answers: str, masks: dict[str, Path] | None = None, without: frozenset[str] = frozenset()) -> TubeFilm:
    readings = {"ett": tuple(Reading(answer) for answer in answers)} if answers else {}
    return TubeFilm("a/b/c.jpg", "b", "someone", readings, masks or {}, without)


@pytest.mark.parametrize(
    ("one", "present", "absent_in_both"),
    [
        (film("yes", "yes"), True, False),
        (film("no", "no"), False, True),
        (film("no", ""), False, False),
        (film("yes", "no"), None, False),
        (film("unsure", "no"), None, False),
        (film(), None, False),
        (film(without=frozenset({"ett"})), False, False),
        (film("no", "no", masks={"ett": Path("mask.png")}), True, False),
    ],
)
def test_readings_masks_and_sets_say_what_is_there(one: TubeFilm, present: bool | None, absent_in_both: bool) -> None:
    assert one.present("ett") is present
    assert one.absent_in_both("ett") is absent_in_both


def test_a_poor_tip_counts_only_where_there_is_no_better() -> None:
    poor, good = Reading("yes", Point(10, 10), "poor"), Reading("yes", Point(20, 30), "good")
    assert TubeFilm("a/b/c.jpg", "b", "x", {"ett": (poor, good)}, {}, frozenset()).tip("ett") == Point(20, 30)
    assert TubeFilm("a/b/c.jpg", "b", "x", {"ett": (poor, poor)}, {}, frozenset()).tip("ett") == Point(10, 10)
    assert TubeFilm("a/b/c.jpg", "b", "x", {"ett": (Reading("yes"),)}, {}, frozenset()).tip("ett") is None


def labels(**presence: bool | None) -> Labels:
    return Labels(dict.fromkeys(REPORTED, False) | presence, {}, {})


def test_a_tube_that_is_not_there_is_known_everywhere_and_one_of_unknown_course_nowhere() -> None:
    targets = with_real_tubes(NOTHING, labels(cvc=True, ngt=None), np.zeros(SHAPE, np.uint8), 1.0, clean=True)
    known = dict(zip(TUBE_CHANNELS, targets.known, strict=True))
    assert known["ett"].all()
    assert known["ett_tip"].all()
    assert not known["cvc"].any()
    assert not known["ngt"].any()
    assert targets.somewhere.tolist() == [0, 0, 1, 0, 0]  # only what is there for sure


def test_a_labelled_mask_and_a_followed_course_are_targets() -> None:
    bits = np.zeros(SHAPE, np.uint8)
    bits[10:50, 20:24] = 1 << BODIES.index("cvc")
    course = np.stack([np.arange(0.0, 40.0), np.full(40, 30.0)], axis=1)
    there = Labels(
        dict.fromkeys(REPORTED, False) | {"cvc": True, "ett": True}, {"ett": np.array([39.0, 30.0])}, {"ett": course}
    )
    targets = with_real_tubes(NOTHING, there, bits, 1.0, clean=False)
    target = dict(zip(TUBE_CHANNELS, targets.target, strict=True))
    assert target["cvc"][15, 10] == 1
    assert target["ett"][10, 15] == 1
    assert np.unravel_index(target["ett_tip"].argmax(), (32, 24)) == pytest.approx((19, 15), abs=1)
    assert not targets.somewhere.any()


def test_labels_are_read_back_from_their_text_and_move_with_the_frame() -> None:
    one = Labels(dict.fromkeys(REPORTED, None), {"ett": np.array([3.0, 4.0])}, {"ett": np.array([[1.0, 2.0]])})
    back = Labels.from_json(one.as_json()).moved(np.array([[2.0, 0, 1], [0, 2.0, 0]]))
    assert back.presence == one.presence
    assert back.tips["ett"].tolist() == [7.0, 8.0]
    assert back.courses["ett"].tolist() == [[3.0, 4.0]]


def test_marked_leads_lie_in_the_folds_that_are_learned_from() -> None:
    leads = marked_leads()
    assert len(leads) == 16
    for name, film in leads.items():
        assert name.startswith("chest/v7/images/")
        assert film.cvc in ("no", "unsure")
        assert all(course.ndim == 2 and len(course) > 2 for course in film.courses)


def test_a_film_with_marked_leads_has_one_reading(data_folder: Path) -> None:
    films = {each.name: each for each in tube_films(data_folder) if each.name in marked_leads()}
    assert set(films) == set(marked_leads())
    assert all(each.present("pacemaker_lead") and each.fold != HELD_OUT_FOLD for each in films.values())
    assert not any(each.absent_in_both("cvc") for each in films.values())  # read once
    assert films["chest/v7/images/v7_196.jpg"].patient == films["chest/v7/images/v7_302.jpg"].patient  # copies


def example(number: int, certainty: float, present: bool) -> PresenceExample:
    features = dict.fromkeys(("length", "continuity", "pooled"), 0.5) | {"certainty": certainty}
    return PresenceExample(f"film {number}", number % 5, "cvc", features, present)


def test_presence_reports_what_is_there_and_few_others() -> None:
    rng = np.random.default_rng(0)
    there = [example(number, 0.6 + 0.3 * rng.random(), True) for number in range(40)]
    not_there = [example(number, 0.5 * rng.random(), False) for number in range(40, 140)]
    fit = fit_presence([*there, *not_there])["cvc"]
    assert fit["slope"] > 0
    found = [presence(fit, each.features) >= 0.5 for each in (*there, *not_there)]
    assert np.mean(found[:40]) > 0.9
    assert np.mean(found[40:]) <= 0.03


def test_readings_of_the_labelled_films(data_folder: Path) -> None:
    films = {each.name: each for each in tube_films(data_folder)}
    assert sum(each.absent_in_both("ett") for each in films.values()) == 147
    tracheostomy = films["chest/v7/images/v7_120.jpg"]
    assert tracheostomy.present("tracheostomy")
    assert tracheostomy.present("ett") is False
    assert films["chest/unlabelled/nih14_sample/00000013_000.jpg"].present("pacemaker_lead")
