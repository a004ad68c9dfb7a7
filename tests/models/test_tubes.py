"""Tubes drawn for training are what they are said to be, and the closer look finds its way back to the film."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from radcaliper.learning.chest.tubes.anatomy import Anatomy, anatomy_of
from radcaliper.learning.chest.tubes.backgrounds import Background
from radcaliper.learning.chest.tubes.courses import endotracheal_course, gastric_course, venous_course
from radcaliper.learning.chest.tubes.lines import DrawnLine, DrawnSpot, paint, smooth_path
from radcaliper.learning.chest.tubes.loss import somewhere_loss, tube_loss
from radcaliper.learning.chest.tubes.marked_leads import marked_leads
from radcaliper.learning.chest.tubes.packing import (
    anatomy_as_json,
    anatomy_from_json,
    compose,
    inverse,
    pack,
    to_window,
)
from radcaliper.learning.chest.tubes.readings import Reading, TubeFilm
from radcaliper.learning.chest.tubes.scene import Scene, random_scene
from radcaliper.learning.chest.tubes.targets import targets_of
from radcaliper.learning.loss import focal_loss
from radcaliper.models.tubes.channels import BODIES, REPORTED, TUBE_CHANNELS
from radcaliper.models.tubes.maps import peak
from radcaliper.models.tubes.window import COLS, ROWS, Window, tube_window


def box(rows: tuple[int, int], cols: tuple[int, int], shape: tuple[int, int] = (600, 500)) -> NDArray[np.bool_]:
    mask = np.zeros(shape, bool)
    mask[rows[0] : rows[1], cols[0] : cols[1]] = True
    return mask


@pytest.fixture(scope="module")
def masks() -> dict[str, NDArray[np.bool_]]:
    """A chest of boxes: lungs from row 100 to 400, spine in the middle; the airways show no fork."""
    nothing = np.zeros((600, 500), bool)
    return {
        "right_lung": box((100, 400), (80, 210)),
        "left_lung": box((100, 380), (290, 420)),
        "spine": box((20, 580), (235, 265)),
        "airways": nothing,
        "right_clavicle": nothing,
        "left_clavicle": nothing,
    }


@pytest.fixture(scope="module")
def anatomy(masks: dict[str, NDArray[np.bool_]]) -> Anatomy:
    found = anatomy_of(masks)
    assert found is not None
    return found


def test_the_window_holds_the_lungs_and_the_stomach(masks: dict[str, NDArray[np.bool_]]) -> None:
    window = tube_window(masks)
    assert window is not None
    assert window.top < 100
    assert window.top + window.height > 440
    assert window.left <= 85
    assert window.left + window.width >= 415
    assert tube_window({name: np.zeros_like(mask) for name, mask in masks.items()}) is None


def test_marked_leads_are_packed_as_a_mask(masks: dict[str, NDArray[np.bool_]], tmp_path: Path) -> None:
    name = "chest/v7/images/v7_060.jpg"
    known = TubeFilm(name, "v7", "one", {"pacemaker_lead": (Reading("yes"),)}, {}, frozenset())
    pack([Background(known, np.zeros((600, 500), np.float32), masks, None)], tmp_path / "films.npz")
    with np.load(tmp_path / "films.npz") as packed:
        lead = packed["bits"][0] >> BODIES.index("pacemaker_lead") & 1
        other = packed["bits"][0] & ~np.uint8(1 << BODIES.index("pacemaker_lead"))
        to_film = inverse(compose(packed["matrix"][0], inverse(to_window(tube_window(masks) or Window(0, 0, 1, 1)))))
    assert not other.any()
    for course in marked_leads()[name].courses:
        row, col = np.round(course[len(course) // 2] @ to_film[:, :2].T + to_film[:, 2]).astype(int)
        assert lead[row, col] == 1


@given(
    st.integers(0, 50),
    st.integers(0, 50),
    st.integers(100, 900),
    st.integers(100, 900),
    st.floats(0, 99),
    st.floats(0, 99),
)
def test_places_come_back_from_the_window(top: int, left: int, height: int, width: int, row: float, col: float) -> None:
    window = Window(top, left, height, width)
    place = np.array([row, col])
    assert window.on_film(window.in_window(place)) == pytest.approx(place, abs=1e-6)


def test_what_is_bright_on_the_film_is_bright_in_the_window() -> None:
    film = np.zeros((700, 500), np.float32)
    film[300:360, 180:260] = 1
    window = Window(50, 40, 600, 420)
    bright = np.argwhere(window.square(film) > 0.5).mean(axis=0)
    assert window.on_film(bright) == pytest.approx((329.5, 219.5), abs=0.5)


def test_affine_maps_undo_each_other() -> None:
    matrix = to_window(Window(30, 20, 400, 300))
    assert compose(matrix, inverse(matrix)) == pytest.approx(np.eye(2, 3), abs=1e-9)


def test_a_hollow_tube_is_brightest_at_its_edges() -> None:
    path = smooth_path([np.array([0.0, 50.0]), np.array([99.0, 50.0])])
    film = paint(np.zeros((100, 100), np.float32), [DrawnLine("ett", path, 8.0, 6.5, 0.2)], [], 0.0)
    row = film[50]
    assert row[44] > 1.5 * row[50] > 0
    assert row[:40].max() == row[61:].max() == 0


def test_a_ring_is_drawn_where_it_is_said() -> None:
    film = paint(np.zeros((60, 60), np.float32), [], [DrawnSpot(np.array([30.0, 20.0]), 8.0, 4.0, 0.5)], 0.0)
    assert film[30, 20] == 0
    assert film[30, 26] == pytest.approx(0.5)


def test_a_side_hole_interrupts_the_stripe() -> None:
    path = smooth_path([np.array([0.0, 30.0]), np.array([90.0, 30.0])])
    line = DrawnLine("ngt", path, 4.0, 3.6, 0.1, 0.0, 3.0, holes=((20.0, 30.0),))
    film = paint(np.zeros((100, 60), np.float32), [line], [], 0.0)
    assert film[90 - 25, 30] < 0.5 * film[90 - 10, 30]


@pytest.mark.parametrize("seed", range(8))
def test_courses_run_where_anatomy_has_them(anatomy: Anatomy, seed: int) -> None:
    rng = np.random.default_rng(seed)
    carina, mm = anatomy["trachea"][-1], anatomy.mm
    tube = endotracheal_course(anatomy, rng)
    assert tube[-1, 0] > tube[0, 0]
    assert tube[-1, 0] < carina[0] + 45 * mm
    assert np.abs(tube[:, 1] - carina[1]).max() < 60 * mm
    assert gastric_course(anatomy, rng)[0, 0] < 100
    vein = venous_course(anatomy, rng)
    assert np.linalg.norm(np.diff(vein, axis=0), axis=1).max() < 3


def test_targets_say_what_was_drawn(anatomy: Anatomy) -> None:
    path = smooth_path([np.array([10.0, 100.0]), np.array([200.0, 120.0])])
    scene = Scene((DrawnLine("ngt", path, 4.0, 3.0, 0.1),), (), 0.5)
    target = targets_of(scene, np.array([150.0, 90.0]), np.ones((ROWS, COLS), bool))
    assert target.shape == (len(TUBE_CHANNELS), ROWS // 2, COLS // 2)
    by_name = dict(zip(TUBE_CHANNELS, target, strict=True))
    assert by_name["ngt"][50, 52] > 0.9
    assert by_name["ett"].max() == by_name["cvc_tip"].max() == 0
    for name, place in (("ngt_tip", (200, 120)), ("carina", (150, 90))):
        assert 2 * peak(by_name[name])[0] + 0.5 == pytest.approx(place, abs=0.6)


def test_a_tip_beyond_the_film_has_no_heat() -> None:
    path = smooth_path([np.array([10.0, 100.0]), np.array([400.0, 120.0])])
    seen = np.zeros((ROWS, COLS), bool)
    seen[:300] = True
    target = targets_of(Scene((DrawnLine("ngt", path, 4.0, 3.0, 0.1),), (), 0.5), np.array([150.0, 90.0]), seen)
    by_name = dict(zip(TUBE_CHANNELS, target, strict=True))
    assert by_name["ngt_tip"].max() == 0
    assert by_name["ngt"][160:].max() == 0
    assert by_name["ngt"][100].max() > 0.9


def test_scenes_differ_and_some_have_no_tube(anatomy: Anatomy) -> None:
    scenes = [random_scene(anatomy, (600, 500), np.random.default_rng(seed)) for seed in range(40)]
    bare = [scene for scene in scenes if not any(scene.of(kind) for kind in REPORTED)]
    assert 4 < len(bare) < 25
    assert all(any(scene.of(kind) for scene in scenes) for kind in REPORTED)
    only = [random_scene(anatomy, (600, 500), np.random.default_rng(seed), {"ngt"}) for seed in range(40)]
    assert {line.kind for scene in only for line in scene.lines} <= {"ngt", "other", ""}


def test_anatomy_moves_with_its_frame(anatomy: Anatomy) -> None:
    moved = anatomy.moved(np.array([[2.0, 0, 5], [0, 2.0, -3]]))
    assert moved.mm == pytest.approx(2 * anatomy.mm)
    assert moved["trachea"][-1] == pytest.approx(2 * anatomy["trachea"][-1] + [5, -3])


def test_anatomy_is_read_back_from_its_text(anatomy: Anatomy) -> None:
    back = anatomy_from_json(anatomy_as_json(anatomy))
    assert back["spine"] == pytest.approx(anatomy["spine"], abs=0.01)
    assert back.carina_seen is False


def test_the_loss_falls_when_the_answer_is_right() -> None:
    target = torch.zeros(2, len(TUBE_CHANNELS), 32, 32)
    target[:, 0, 4:20, 14:18] = 1
    target[:, -1, 16, 16] = 1
    batch = {"target": target, "known": torch.ones_like(target), "somewhere": torch.zeros(2, len(REPORTED))}
    right, wrong = (tube_loss((2 * side - 1) * 8, batch) for side in (target, 1 - target))
    assert right < 0.1 < wrong


def test_unknown_places_teach_nothing() -> None:
    logits = torch.randn(1, 1, 8, 8, requires_grad=True)
    focal_loss(logits, torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 8, 8)).backward()
    assert logits.grad is not None
    assert logits.grad.abs().max() == 0


def test_a_tube_somewhere_asks_for_likely_pixels_of_its_kind_alone() -> None:
    logits = torch.zeros(1, len(REPORTED), 16, 16, requires_grad=True)
    present = torch.tensor([[0.0, 1.0, 0.0, 0.0, 0.0]])
    somewhere_loss(logits, present).backward()
    assert logits.grad is not None
    assert (logits.grad[0, 1] < 0).any()
    assert logits.grad[0, [0, 2, 3, 4]].abs().max() == 0
