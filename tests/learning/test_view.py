"""How the view recogniser's films are changed, weighed and fitted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.learning.hip.cache import KeptExposure
from radcaliper.learning.view.augment import changed, plain, smaller
from radcaliper.learning.view.copies import COPIES, LAID, Copies, shown_copies
from radcaliper.learning.view.evaluate import film_scores
from radcaliper.learning.view.films import ViewFilm, halves_of_pelves, hips, others, real_films
from radcaliper.learning.view.fit import SHARES, Logits, Truth, answers, fit_head, fit_temperatures, losses
from radcaliper.learning.view.measured import measured_scores
from radcaliper.learning.view.mirror import MirrorCopies, fit_mirror_head
from radcaliper.learning.view.simulated import kind_of_exposure
from radcaliper.measurements.types import Radiograph
from radcaliper.models.view.kinds import KINDS
from radcaliper.models.view.predict import ViewPrediction
from radcaliper.pipelines.phantoms.spine import spine_phantom


def corner_bright(rows: int = 200, cols: int = 160) -> np.ndarray:
    """A film that is brightest at its upper left."""
    ys, xs = np.mgrid[:rows, :cols].astype(np.float32)
    return np.clip(1 - ys / rows * 0.7 - xs / cols * 0.3, 0, 1).astype(np.float32)


def test_a_changed_film_says_how_to_put_it_upright() -> None:
    rng, film, agreed, told = np.random.default_rng(0), corner_bright(), 0, 0
    for _ in range(60):
        shown = changed(film, "frontal_chest", rng)
        square = np.rot90(shown.square.astype(np.float32), shown.turns)
        if shown.negative:
            square = 255 - square
        inner = square[60:164, 60:164]
        told += 1
        agreed += inner[:50].mean() > inner[-50:].mean()
    assert agreed > 0.9 * told


def test_mirroring_swaps_the_side_of_a_hip() -> None:
    rng = np.random.default_rng(0)
    for _ in range(40):
        shown = changed(corner_bright(), "ap_hip_right", rng)
        assert shown.kind == ("ap_hip_left" if shown.mirrored else "ap_hip_right")


def test_a_plain_film_is_upright_and_keeps_its_size_limits() -> None:
    shown = plain(corner_bright(), "other")
    assert (shown.turns, shown.mirrored, shown.negative) == (0, False, False)
    assert max(smaller(corner_bright(2000, 500)).shape) == 400
    assert smaller(corner_bright(100, 50)).shape == (100, 50)


def test_shares_are_of_all_kinds_and_make_one() -> None:
    assert set(SHARES) == set(KINDS)
    assert sum(SHARES.values()) == pytest.approx(1)


def exposure(heads: tuple[tuple[float, float], tuple[float, float]]) -> KeptExposure:
    """A film of 100 x 200 pixels with heads of radius 10 there."""
    places = np.zeros((2, 5, 2))
    places[:, 0] = heads
    empty = np.zeros((100, 200), np.uint8)
    return KeptExposure(
        empty, empty, empty, places, np.array([10.0, 10.0]), np.array([False, False]), np.array([False, False])
    )


def test_an_exposure_is_of_the_hips_whose_heads_it_shows() -> None:
    assert kind_of_exposure(exposure(((50, 50), (50, 150)))) == "ap_pelvis"
    assert kind_of_exposure(exposure(((50, 50), (50, 198)))) == "ap_hip_right"
    assert kind_of_exposure(exposure(((50, -30), (50, 100)))) == "ap_hip_left"
    assert kind_of_exposure(exposure(((2, 50), (50, 220)))) is None


def copies_of_two_kinds(count: int = 600) -> Copies:
    """Copies whose features tell the kind and the turn."""
    rng = np.random.default_rng(0)
    kind = rng.choice([KINDS.index("frontal_chest"), KINDS.index("other")], count)
    turns = rng.integers(0, 4, count)
    features = rng.normal(0, 1, (count, 4160)).astype(np.float16)
    for place in range(0, 400, 20):  # twenty features tell each kind, twenty each turn
        features[np.arange(count), place + kind] += 3
        features[np.arange(count), 400 + place + turns] += 3
    no = np.zeros(count, bool)
    name = np.array([f"film {number}" for number in range(count)])
    return Copies(features, kind, turns, no, no, rng.integers(0, 5, count), name, name)


def test_a_head_learns_what_the_features_tell() -> None:
    copies = copies_of_two_kinds(2600)
    learned, apart = np.flatnonzero(copies.fold != 0), np.flatnonzero(copies.fold == 0)
    found = answers(fit_head(copies, learned, epochs=12), copies, apart)
    assert (found.kind.argmax(1).numpy() == copies.kind[apart]).mean() > 0.95


def test_the_turn_of_a_limb_counts_nothing() -> None:
    copies = copies_of_two_kinds()
    limbs = np.flatnonzero(copies.kind == KINDS.index("other"))
    truth = Truth.of(copies, limbs)
    wrong = Logits(
        torch.zeros(len(limbs), len(KINDS)),
        torch.nn.functional.one_hot((truth.turns + 1) % 4, 4) * 50.0,
        torch.full((len(limbs),), -50.0),
    )
    found = losses(wrong, truth)
    assert float(found["turns"]) == 0
    assert float(found["kind"]) == pytest.approx(np.log(len(KINDS)), rel=1e-4)


def test_temperatures_undo_too_sure_logits() -> None:
    rng, count = np.random.default_rng(0), 4000
    copies = copies_of_two_kinds(count)
    one, two = KINDS.index("frontal_chest"), KINDS.index("other")
    lean = rng.normal(0, 1.5, count)
    kind = np.where(rng.random(count) < 1 / (1 + np.exp(-lean)), one, two)
    logits = torch.full((count, len(KINDS)), -60.0)
    logits[:, one], logits[:, two] = torch.from_numpy(3 * lean / 2).float(), torch.from_numpy(-3 * lean / 2).float()
    truth = Truth.of(copies, np.arange(count))
    truth = Truth(torch.from_numpy(kind), truth.turns, truth.negative, torch.ones(count))
    flat = torch.zeros(count)
    found = fit_temperatures(Logits(logits, torch.zeros(count, 4), flat), truth)
    assert found["kind"] == pytest.approx(3, rel=0.15)


def test_scores_of_a_film_that_is_told_well() -> None:
    film = ViewFilm("film", "jsrt", "frontal_chest", 0, lambda _rng: corner_bright())

    def knows(grey: np.ndarray) -> ViewPrediction:
        upright = next(turns for turns in range(4) if is_upright(np.rot90(grey, turns)))
        lies = np.rot90(grey, upright)
        return ViewPrediction(
            "frontal_chest", "", 0.99, {}, upright, 1.0, float(lies[:, 0].mean() < lies[:, -1].mean()), 0.0
        )

    def is_upright(grey: np.ndarray) -> bool:
        return bool(grey[0].mean() - grey[-1].mean() > 0.5)

    scores = {(score.figure, score.value) for score in film_scores(film, knows) if "negative" not in score.figure}
    assert {("lost", 0.0), ("turned named", 1.0), ("mirrored named", 1.0), ("called mirrored", 0.0)} <= scores
    assert ("turned lost", 1.0) not in scores


def test_no_patient_lies_on_both_sides_and_every_set_has_its_number(data_folder: Path) -> None:
    films = list(real_films(data_folder))
    assert {film.dataset for film in films} <= set(COPIES)
    assert len({film.name for film in films}) == len(films)
    assert any(film.fold == HELD_OUT_FOLD for film in films)
    halves = {(film.name, film.fold) for film in halves_of_pelves(hips(data_folder))}
    assert halves <= {(film.name, film.fold) for film in films}


def test_each_film_is_shown_as_it_is_and_changed(data_folder: Path) -> None:
    film = next(iter(others(data_folder)))
    shown = list(shown_copies([film]))
    assert len(shown) == 1 + LAID + COPIES[film.dataset]
    assert shown[0][1].square.shape == (224, 224)


def test_a_mirror_head_learns_which_side_is_which() -> None:
    rng, count = np.random.default_rng(0), 1600
    mirrored = np.arange(count) % 2 == 1
    features = rng.normal(0, 1, (count, 5488)).astype(np.float16)
    features[:, :200] += np.where(mirrored, 1, -1)[:, None].astype(np.float16)
    copies = MirrorCopies(features, mirrored, rng.integers(0, 5, count))
    head = fit_mirror_head(copies, np.flatnonzero(copies.fold != 0))
    apart = copies.fold == 0
    with torch.inference_mode():
        found = head(torch.from_numpy(features[apart]).float())[:, 0].numpy() > 0
    assert (found == mirrored[apart]).mean() > 0.95


@pytest.mark.parametrize(("view", "measured"), [("other", 0.0), ("ap_spine", 1.0)])
def test_a_film_of_another_view_is_measured_where_the_gate_lets_it_pass(
    tmp_path: Path, view: str, measured: float
) -> None:
    path = tmp_path / "film.png"
    Image.fromarray((np.clip(spine_phantom().film.pixels, 0, 1) * 255).astype(np.uint8)).save(path)

    def says(_: Radiograph) -> ViewPrediction:
        return ViewPrediction(view, "", 0.95, {view: 0.95}, 0, 1.0, 0.0, 0.0)

    scores = {score.figure: score.value for score in measured_scores("film", path, says)}
    assert scores["measured by auto"] == scores["measured by auto or any protocol"] == measured


def test_a_file_that_is_no_film_has_no_value(tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    Image.fromarray(np.zeros((20, 20), np.uint8)).save(path)

    def asked(_: Radiograph) -> ViewPrediction:
        raise AssertionError("what shows no picture is not asked about")

    assert {score.value for score in measured_scores("small", path, asked)} == {0.0}
