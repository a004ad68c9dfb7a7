"""Simulated hip films: closed forms of the projection, deformations, and the truth of real bones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from radcaliper.learning.hip.attenuation import BoneMatter
from radcaliper.learning.hip.bones import Bones, Femur, Pelvis
from radcaliper.learning.hip.cache import keep
from radcaliper.learning.hip.coarse_copy import coarse_copy
from radcaliper.learning.hip.femur_axes import SpatialFemurAxes, find_axes, find_frame, fit_sphere
from radcaliper.learning.hip.film_processing import EVALUATION, TRAINING, develop
from radcaliper.learning.hip.films import HipFilms, square_of, stretched
from radcaliper.learning.hip.fracture import Fracture
from radcaliper.learning.hip.growth_plates import GrowthPlates
from radcaliper.learning.hip.lengthen import lengthened
from radcaliper.learning.hip.loss import false_marks
from radcaliper.learning.hip.meshes import Mesh, Part, part_of, read_femora
from radcaliper.learning.hip.mixing import landmarks, mixed
from radcaliper.learning.hip.osteosynthesis import osteosynthesis
from radcaliper.learning.hip.projected_neck import projected_neck
from radcaliper.learning.hip.projector import Projector
from radcaliper.learning.hip.rare_channels import balanced, refit
from radcaliper.learning.hip.real_textures import RealTextures, read_real_films, with_amplitudes
from radcaliper.learning.hip.rotations import turn
from radcaliper.learning.hip.scene import expose
from radcaliper.learning.hip.shape import FemurShape
from radcaliper.learning.hip.simulated_films import is_measurable, simulated_films, true_axes
from radcaliper.learning.hip.socket_lines import socket_lines
from radcaliper.learning.hip.targets import Canvas, crossing, part_maps, pixels_of
from radcaliper.learning.hip.voxels import PITCH_MM, Cloud, cloud_of, surface_samples
from radcaliper.learning.hip.worn_objects import clothing, screws
from radcaliper.models.chest.channels import mirrored_order
from radcaliper.models.hip.channels import HIP_STRUCTURES, PROSTHESIS
from radcaliper.models.inference.networks import NETWORKS

RADIUS = 24.0
AXES = SpatialFemurAxes(
    head=np.zeros(3),
    neck=np.array([-18.0, 0.0, -20.0]),
    shaft_upper=np.array([-40.0, 0.0, -75.0]),
    shaft_lower=np.array([-40.0, 0.0, -170.0]),
    lesser_trochanter=np.array([-25.0, 15.0, -51.0]),
    radius=RADIUS,
)
NO_TEXTURES = RealTextures(())
FILM = Projector(1000, 0, (0, 0), (0, -60), 300, 200, 1.0)


def ball_and_stick() -> Cloud:
    """A head, a neck and a shaft on a grid of points."""
    grid = np.stack(np.meshgrid(*(np.arange(-80, 30, 2.0), np.arange(-30, 30, 2.0), np.arange(-210, 30, 2.0))), axis=-1)
    places = grid.reshape(-1, 3)
    head = np.linalg.norm(places, axis=1) < RADIUS
    shaft = (np.linalg.norm(places[:, :2] + [40, 0], axis=1) < 15) & (places[:, 2] < -35)
    axis = np.array([-40.0, 0.0, -45.0]) / np.linalg.norm([-40, 0, -45])
    along = places @ axis
    neck = (np.linalg.norm(places - along[:, None] * axis, axis=1) < 14) & (along > 0) & (along < 60)
    chosen = places[head | shaft | neck]
    return Cloud(chosen, np.full(len(chosen), 2.0, np.float32), np.zeros(len(chosen), np.float32))


@pytest.fixture(scope="module")
def bones() -> Bones:
    cloud = ball_and_stick()
    femur = Femur("phantom", "phantom", cloud, AXES, landmarks(cloud.places, AXES))
    pelvis = Pelvis("phantom", (ball_and_stick(),), np.array([[-90.0, 0, 0], [90, 0, 0]]), RADIUS)
    return Bones((femur,), (pelvis,))


def test_a_ball_s_shadow_is_as_long_as_the_ball_is_thick() -> None:
    steps = np.arange(-20, 20, PITCH_MM) + 0.5
    places = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    ball = places[np.linalg.norm(places, axis=1) < 18]
    film = Projector(1e6, 0, (0, 0), (0, 0), 81, 81, 1.0)
    path = film.add_up(ball, np.full(len(ball), PITCH_MM**3))
    assert path[40, 40] == pytest.approx(36, rel=0.03)
    assert path.sum() == pytest.approx(4 / 3 * np.pi * 18**3, rel=0.02)


def test_nearer_to_the_tube_is_larger() -> None:
    far, near = FILM(np.array([[10.0, 0, 0], [10, -200, 0]]))
    middle = (FILM.cols - 1) / 2
    assert far[1] - middle == pytest.approx(10)
    assert near[1] - middle == pytest.approx(12.5)


def test_up_is_up_and_the_patient_s_left_is_right() -> None:
    places = FILM(np.array([[0.0, 0, 0], [0, 0, 10], [10, 0, 0]]))
    assert places[1, 0] < places[0, 0]
    assert places[2, 1] > places[0, 1]


def test_turning_inwards_brings_the_front_to_the_middle() -> None:
    front = np.array([0.0, -1.0, 0.0])
    assert (front @ turn("z", 90)) == pytest.approx([1, 0, 0], abs=1e-9)


def test_valgus_opens_the_angle_by_as_much() -> None:
    still = FemurShape(0, 0, 0, np.ones(3), 0, np.zeros((0, 3)), np.zeros((0, 3)))
    assert still.of_axes(AXES).places == pytest.approx(AXES.places, abs=1e-6)
    opened = replace(still, valgus=8).of_axes(AXES)
    shaft = AXES.shaft_lower - AXES.shaft_upper
    assert opened.head[2] > 0
    assert opened.radius == pytest.approx(RADIUS, rel=1e-3)
    assert np.cross(opened.shaft_lower - opened.shaft_upper, shaft) == pytest.approx(np.zeros(3), abs=1e-6)


def test_a_sphere_is_fitted() -> None:
    rng = np.random.default_rng(0)
    shell = rng.normal(0, 1, (200, 3))
    shell = 7 * shell / np.linalg.norm(shell, axis=1, keepdims=True) + [1, 2, 3]
    centre, radius = fit_sphere(shell)
    assert centre == pytest.approx([1, 2, 3])
    assert radius == pytest.approx(7)


def test_denser_bone_weighs_more() -> None:
    cloud = ball_and_stick()
    thin, thick = (BoneMatter(cortex, 1, 0.3, 1, 0).of_femur(cloud, RADIUS).sum() for cortex in (0.6, 1.3))
    assert thick > thin


def test_worn_joints_are_denser() -> None:
    cloud, joints = ball_and_stick(), np.array([[-90.0, 0, 0], [90, 0, 0]])
    sound, worn = (BoneMatter(1, 1, 0.3, 1, sclerosis) for sclerosis in (0, 1))
    assert (worn.of_femur(cloud, RADIUS) >= sound.of_femur(cloud, RADIUS)).all()
    assert worn.of_pelvis(cloud, joints, RADIUS).sum() > sound.of_pelvis(cloud, joints, RADIUS).sum()


def test_mixing_leads_from_one_femur_s_landmarks_to_the_other_s() -> None:
    own = landmarks(ball_and_stick().places, AXES)
    other = own * [1.1, 0.9, 1.0] + [0, 3, 0]
    assert mixed(own, own, other, 0) == pytest.approx(own)
    assert mixed(own, own, other, 1) == pytest.approx(other)
    assert mixed(own, own, other, 0.5) == pytest.approx((own + other) / 2)


def test_a_neck_s_ring_is_as_wide_as_the_neck() -> None:
    ring = landmarks(ball_and_stick().places, AXES)[5:9]
    assert np.linalg.norm(ring[0] - ring[1]) == pytest.approx(28, abs=3)


def test_what_is_not_there_must_not_be_marked() -> None:
    target = torch.zeros(1, 2, 32, 32)
    target[:, 0, 8:24, 8:24] = 1
    right = 40 * (target - 0.5)
    assert false_marks(right, target).item() == pytest.approx(0, abs=0.02)
    wrong = right.clone()
    wrong[:, 1, :8] = 10
    assert false_marks(wrong, target).item() > 0.9


def test_clothes_and_screws_only_add() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        for drawn in (clothing((90, 120), rng), screws((90, 120), rng)):
            assert drawn.shape == (90, 120)
            assert drawn.min() >= 0


def test_parts_are_drawn_where_the_truth_is() -> None:
    places = FILM(AXES.places)
    head, neck, shaft = part_maps(places, RADIUS, Canvas(pixels_of((300, 200))))
    assert head.sum() == pytest.approx(np.pi * RADIUS**2, rel=0.01)
    assert np.average(np.indices(head.shape), axis=(1, 2), weights=np.stack([head] * 2)) == pytest.approx(
        places[0], abs=0.1
    )
    corner = crossing(*places[[0, 1, 2, 3]])
    assert neck[tuple(np.round((places[0] + corner) / 2).astype(int))] == 1
    assert shaft[: int(places[4, 0]) - 2].max() == 0


def test_development_stays_in_range_and_settings_differ() -> None:
    rng = np.random.default_rng(0)
    bone, tissue = np.zeros((64, 64), np.float32), np.full((64, 64), 150, np.float32)
    bone[20:40, 20:40] = 20
    for ranges in (TRAINING, EVALUATION):
        grey = develop(bone, tissue, np.ones((64, 64), bool), ranges, rng)
        assert grey.min() >= 0
        assert grey.max() <= 1
        assert grey[20:40, 20:40].mean() > grey.mean()
    assert TRAINING != EVALUATION


def test_a_film_is_the_same_for_the_same_seed(bones: Bones) -> None:
    first, again = (list(simulated_films(bones, 2, seed=3)) for _ in range(2))
    assert all(np.array_equal(a.film.pixels, b.film.pixels) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0].film.pixels.shape, first[1].film.pixels.shape)


def test_projected_truth_is_a_usual_hip(bones: Bones) -> None:
    for simulated in simulated_films(bones, 6, seed=4):
        for hip in simulated.hips.values():
            assert true_axes(hip).radius > 10
            if hip.metal or hip.broken:
                assert is_measurable(hip, simulated.film.shape) is False


def test_the_dataset_gives_what_the_network_needs(bones: Bones) -> None:
    films = HipFilms([keep(expose(bones, np.random.default_rng(number))) for number in range(3)], 64, NO_TEXTURES)
    for number in range(len(films)):
        film = films[number]
        assert film["grey"].shape == (1, 64, 64)
        assert film["target"].shape == (len(HIP_STRUCTURES), 64, 64)
        assert 0 <= float(film["target"].min()) <= float(film["target"].max()) <= 1


def test_mirroring_swaps_the_sides() -> None:
    order = mirrored_order(HIP_STRUCTURES)
    assert HIP_STRUCTURES[order[0]] == "left_femur"
    assert HIP_STRUCTURES[order[-1]] == "prosthesis"


def test_every_subject_has_one_part() -> None:
    vsd = [f"z{number:03d}" for number in (1, 9, 19, 23, 35, 36, 46, 49, 50, 55, 56, 57, 66)]
    assert [name for name in vsd if part_of(name) is Part.JUDGING] == ["z009", "z019", "z046", "z050"]
    assert [name for name in vsd if part_of(name) is Part.VALIDATION] == ["z023", "z035"]
    assert part_of("TLEM2_CT") is part_of("TLEM2_MRI") is part_of("m8") is Part.JUDGING


def test_the_truth_of_a_real_femur_agrees_with_its_raters(data_folder: Path) -> None:
    table = pd.read_csv(data_folder / "hip" / "vsd" / "neck_shaft_angle.csv")
    each = next(femur for femur in read_femora(data_folder) if femur.name == "z057_R")
    rater = table[(table.subject == "z057") & (table.side == "R")].iloc[0]
    samples = surface_samples(each.mesh, 2.0)
    frame = find_frame(samples)
    cloud = cloud_of(Mesh(frame.bring(each.mesh.vertices), each.mesh.triangles), bottom=-4 * frame.radius)
    axes = find_axes(frame.bring(samples), cloud.places, frame.radius)
    assert frame.radius == pytest.approx(rater.head_r_mm, abs=0.5)
    assert axes.neck_shaft_angle == pytest.approx(rater.rater_nsa3d_mean, abs=4)


def test_rare_things_are_fitted_on_as_many_films_without(bones: Bones) -> None:
    kept = keep(expose(bones, np.random.default_rng(0)))
    sound, metal = replace(kept, masks=kept.masks & 3), replace(kept, masks=kept.masks | 4)
    chosen = balanced([sound, metal, sound, sound], PROSTHESIS)
    assert [bool((each.masks & 4).any()) for each in chosen] == [True, False]


def test_fitting_metal_leaves_the_other_channels_alone(bones: Bones) -> None:
    kept = keep(expose(bones, np.random.default_rng(0)))
    network = NETWORKS["unet_lite0_upsampled"](len(HIP_STRUCTURES))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    refit(network, PROSTHESIS, HipFilms([kept, kept], 64, NO_TEXTURES), 1)
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"segmentation_head.0.weight", "segmentation_head.0.bias"}
    weight = network.state_dict()["segmentation_head.0.weight"]
    others = [channel for channel, name in enumerate(HIP_STRUCTURES) if name != PROSTHESIS]
    assert torch.equal(weight[others], before["segmentation_head.0.weight"][others])


def test_a_straight_neck_is_narrowest_on_its_own_axis() -> None:
    places = ball_and_stick().places
    straight = replace(AXES, neck=28 * np.array([-40.0, 0.0, -45.0]) / np.linalg.norm([-40, 0, -45]))
    head, neck = FILM(np.stack([straight.head, straight.neck]))
    found = projected_neck(places, straight, FILM) - head
    along = (neck - head) / np.linalg.norm(neck - head)
    assert abs(found @ [-along[1], along[0]]) < 1.5
    assert 0.6 * RADIUS < found @ along < 1.9 * RADIUS


def test_open_growth_plates_have_less_bone_in_them() -> None:
    cloud, plates = ball_and_stick(), GrowthPlates(0.2, 0.1, 0.08, 0.1, 0.0, 5.0)
    factors = plates.factors(cloud.places, AXES)
    assert 0.2 > (factors < 0.75).mean() > 0
    assert factors.min() >= plates.left
    assert factors[np.linalg.norm(cloud.places, axis=1) > 2 * RADIUS] == pytest.approx(1, abs=1e-3)


def test_a_fracture_moves_the_lower_piece_alone() -> None:
    places = ball_and_stick().places
    for seed in range(6):
        fracture = Fracture.random(AXES, np.random.default_rng(seed))
        moved, axes = fracture.apply(places), fracture.of_axes(AXES)
        still = np.linalg.norm(places, axis=1) < 0.5 * RADIUS
        assert moved[still] == pytest.approx(places[still])
        low = places[:, 2] < -150
        assert np.linalg.norm(moved[low] - places[low], axis=1).min() > 3
        assert axes.head == pytest.approx(AXES.head)
        assert np.linalg.norm(axes.shaft_lower - AXES.shaft_lower) > 3


def test_metal_of_an_osteosynthesis_lies_in_and_along_the_femur() -> None:
    for seed in range(6):
        metal = osteosynthesis(AXES, np.random.default_rng(seed))
        assert len(metal) > 100
        assert metal[:, 2].min() > AXES.shaft_lower[2] - 4 * RADIUS
        assert np.abs(metal[:, 1]).max() < 1.5 * RADIUS


def test_a_cut_femur_goes_on_below() -> None:
    places = ball_and_stick().places
    cut = places[places[:, 2] > -140]
    longer, source = lengthened(cut, -210)
    assert len(longer) == len(source)
    assert longer[:, 2].min() < -205
    assert np.abs(longer[longer[:, 2] < -150][:, :2] - [-40, 0]).max() <= 16


def test_a_stretched_view_stretches_its_truth_along(bones: Bones) -> None:
    rng = np.random.default_rng(0)
    kept = next(
        each
        for number in range(20)
        if not (each := keep(expose(bones, np.random.default_rng(number)))).metal.any() and not each.broken.any()
    )
    height, width = kept.bone.shape
    plain = np.array([[0.25, 0, 64 - 0.25 * width / 2], [0, 0.25, 64 - 0.25 * height / 2]])
    by = stretched(plain, 128, rng)
    assert abs(np.linalg.det(by[:, :2])) == pytest.approx(0.0625)
    heads = [square_of(kept, matrix, 128).targets[HIP_STRUCTURES.index("right_head")] for matrix in (plain, by)]
    if min(head.sum() for head in heads) > 50:
        tall = [float(np.divide(*np.argwhere(head > 0.5).std(axis=0))) for head in heads]
        assert tall[0] == pytest.approx(1, abs=0.1)
        assert tall[1] == pytest.approx(by[1, 1] / by[0, 0], rel=0.12)


def test_amplitudes_of_another_film_leave_things_where_they_are() -> None:
    rng = np.random.default_rng(0)
    film = np.zeros((64, 64), np.float32)
    film[20:40, 10:30] = 1
    other = rng.random((64, 64)).astype(np.float32)
    assert with_amplitudes(film, other, 0, 1) == pytest.approx(film, abs=1e-5)
    mixed_film = with_amplitudes(film, other, 0.5, 1)
    assert mixed_film[20:40, 10:30].mean() > mixed_film[45:, 40:].mean()
    assert np.corrcoef(
        np.angle(np.fft.fft2(film))[:4, 1:4].ravel(), np.angle(np.fft.fft2(mixed_film))[:4, 1:4].ravel()
    )[0, 1] == pytest.approx(1)


def test_textures_and_coarse_copies_stay_in_range() -> None:
    film = np.linspace(0, 1, 96 * 96, dtype=np.float32).reshape(96, 96)
    real = (np.random.default_rng(1).random((200, 150)) * 255).astype(np.uint8)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        for changed in (RealTextures((real,)).mixed_into(film, rng), coarse_copy(film, rng)):
            assert changed.shape == film.shape
            assert changed.dtype == np.float32
            assert 0 <= changed.min() <= changed.max() <= 1
    assert NO_TEXTURES.mixed_into(film, np.random.default_rng(0)) is film


def test_real_films_are_read_without_labels(data_folder: Path) -> None:
    films = read_real_films(data_folder)
    assert len(films) >= 24
    assert all(film.ndim == 2 for film in films)


def test_socket_lines_lie_about_the_head_on_its_upper_inner_side() -> None:
    canvas, head = Canvas(pixels_of((200, 200))), np.array([100.0, 100.0])
    total = sum(socket_lines(head, 40.0, 1.0, canvas, np.random.default_rng(seed)) for seed in range(40))
    assert isinstance(total, np.ndarray)
    assert total.min() >= 0
    rows, cols = np.indices(total.shape)
    assert total[np.hypot(rows - 100, cols - 100) > 2.3 * 40].max() == 0
    ring = np.abs(np.hypot(rows - 100, cols - 100) - 1.15 * 40) < 6
    assert total[ring & (rows < 80)].mean() > 3 * total[ring & (rows > 120) & (cols > 100)].mean()
