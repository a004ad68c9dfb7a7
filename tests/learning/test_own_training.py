"""A bundle of one's own: trained from films and masks, resumed, and used to measure."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import nibabel
import numpy as np
import pytest
import torch

from radcaliper.learning.datasets.own_films import NoFilms, open_own_films
from radcaliper.learning.own.packing import name_in_bundle, pack_folder
from radcaliper.learning.own.progress import TrainingProgress
from radcaliper.learning.own.train import BadTraining, TrainingOptions, checked_network, train_bundle
from radcaliper.measurements.types import Analysis, Radiograph, Status
from radcaliper.models.inference.agreement import dice
from radcaliper.models.inference.postprocess import all_components, largest_component
from radcaliper.models.inference.segment import segment
from radcaliper.models.registry import BrokenBundle
from radcaliper.pipelines.protocols.own.bundle import BadBundle, OwnBundle, own_bundles
from radcaliper.pipelines.protocols.own.measuring import analyse_with_own
from radcaliper.pipelines.reading import read_radiograph
from radcaliper.pipelines.results.overlays import overlay_files
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.remeasure import editable_masks, remeasure
from radcaliper.qc.status_rules import DEFAULT_RULES


@pytest.mark.parametrize("name", ["smp:Unet:resnet18", "smp:FPN", "monai:UNet", "monai:AttentionUnet"])
def test_networks_of_other_libraries_are_made_by_name(name: str) -> None:
    network = checked_network(name, 3, 64)
    with torch.inference_mode():
        assert network(torch.zeros(1, 1, 64, 64)).shape == (1, 3, 64, 64)


@pytest.mark.parametrize("name", ["unet", "smp:Nothing", "smp:Unet:no_encoder", "monai:DenseNet", "other:Unet"])
def test_a_network_that_there_is_not_is_told_in_a_line(name: str) -> None:
    with pytest.raises(BadTraining) as error:
        checked_network(name, 3, 64)
    assert str(error.value).startswith(f"--network {name}")
    assert "\n" not in str(error.value)


def test_a_structure_of_the_protocol_gets_a_name_of_its_own() -> None:
    assert name_in_bundle("heart", "chest") == "own_heart"
    assert name_in_bundle("aortic_knob", "chest") == "aortic_knob"


def test_a_structure_of_two_parts_keeps_both(tmp_path: Path, write_own_films: Callable[..., Path]) -> None:
    data = write_own_films(tmp_path / "data", 14, ("knob", "bar"))
    for path in (data / "masks" / "knob").glob("*.png"):
        both = cv2.imread(str(path), 0) | cv2.imread(str(data / "masks" / "bar" / path.name), 0)
        cv2.imwrite(str(path), both)
    packed = pack_folder(open_own_films(data), 64, tmp_path / "films.npz", "")
    assert packed.in_pieces == ("knob",)
    two = np.zeros((256, 256), np.float32)
    two[5:15, 5:15] = two[40:60, 40:60] = two[30, 30] = 0.9
    assert all_components(two).sum() == 100 + 400
    assert largest_component(two).sum() == 400


def test_too_few_films_are_told(tmp_path: Path, write_own_films: Callable[..., Path]) -> None:
    folder = open_own_films(write_own_films(tmp_path / "data", 6))
    with pytest.raises(NoFilms, match="films of 6 patients with masks are too few"):
        pack_folder(folder, 64, tmp_path / "films.npz", "")


def test_the_bundle_says_what_it_is(knob_bundle: Path) -> None:
    (own,) = own_bundles([knob_bundle])
    assert (own.structures, own.protocol) == (("knob",), "")
    assert own.identity.startswith("knob-1-")
    assert set(own.calibration.qualities) == {"knob"}
    card = (knob_bundle / "docs" / "README.md").read_text(encoding="utf-8")
    assert "Not a medical device" in card
    assert "judged once" in card
    assert (knob_bundle / "docs" / "validation.png").stat().st_size > 5000
    assert not (knob_bundle / "work").exists()


def test_damaged_weights_and_other_folders_are_refused(knob_bundle: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(knob_bundle, tmp_path / "copy")
    (copy / "models" / "model.safetensors").write_bytes(b"other")
    with pytest.raises(BrokenBundle, match="damaged: make"):
        own_bundles([copy])
    with pytest.raises(BrokenBundle, match="no bundle"):
        own_bundles([tmp_path])
    with pytest.raises(BadBundle, match="found by more than one"):
        own_bundles([knob_bundle, knob_bundle])
    metadata = json.loads((knob_bundle / "configs" / "metadata.json").read_text())
    (copy / "configs" / "metadata.json").write_text(
        json.dumps(metadata | {"protocol": "chest", "structures": ["heart"]})
    )
    with pytest.raises(BadBundle, match="heart is a structure of the chest protocol"):
        own_bundles([copy])


@pytest.fixture(scope="module")
def measured(own_films: Path, knob_bundle: Path) -> tuple[Analysis, OwnBundle]:
    """A film that no protocol measures, with what the bundle finds."""
    (own,) = own_bundles([knob_bundle])
    film = read_radiograph(own_films / "images" / "film_00.png")
    rules = replace(DEFAULT_RULES, review_below=0.0, refuse_below=0.0)  # it has learned very little
    return analyse_with_own("film_00.png", film, "auto", rules, [own]), own


def test_a_film_of_no_protocol_is_measured(measured: tuple[Analysis, OwnBundle]) -> None:
    analysis, own = measured
    assert analysis.protocol == "own"
    assert analysis.status in (Status.OK, Status.REVIEW)
    assert analysis.model == own.identity
    assert [quality.structure for quality in analysis.qualities] == ["knob"]
    (area,) = analysis.measurements
    assert area.name == "knob_area"
    mask = analysis.prediction.masks["knob"] if analysis.prediction else None
    assert mask is not None
    assert area.value == pytest.approx(mask.sum() * analysis.radiograph.grid.row**2)
    assert len(overlay_files(analysis)) == 2


def test_its_mask_can_be_corrected(measured: tuple[Analysis, OwnBundle]) -> None:
    analysis, _ = measured
    mask = editable_masks(analysis, Edits())["knob"].copy()
    mask[:, : mask.shape[1] // 2] = False
    (area,) = remeasure(analysis, Edits().with_mask("knob", mask)).measurements
    assert area.now.value == pytest.approx(mask.sum() * analysis.radiograph.grid.row**2)


def test_without_its_bundle_such_a_film_is_refused(own_films: Path) -> None:
    film = read_radiograph(own_films / "images" / "film_00.png")
    assert analyse_with_own("film_00.png", film, "auto", DEFAULT_RULES, []).reasons == ("no_protocol",)


def test_a_training_that_was_stopped_goes_on(own_films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = TrainingOptions("scratch", size=64, epochs=3, protocol="", shown=16)
    kept = TrainingProgress.epoch

    def stopped(self: TrainingProgress, epoch: object) -> bool:
        kept(self, epoch)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(TrainingProgress, "epoch", stopped)
    with pytest.raises(KeyboardInterrupt):
        train_bundle(own_films, tmp_path / "bundle", options, lambda _: None)
    monkeypatch.setattr(TrainingProgress, "epoch", kept)
    history = tmp_path / "bundle" / "work" / "history.csv"
    before = history.read_text().splitlines()
    assert len(before) == 2
    seen: list[int] = []
    monkeypatch.setattr(
        TrainingProgress, "epoch", lambda self, epoch: (seen.append(epoch.number), kept(self, epoch))[1]
    )
    train_bundle(own_films, tmp_path / "bundle", options, lambda _: None)
    assert seen == [1, 2]


def test_a_bundle_is_not_written_over(knob_bundle: Path, own_films: Path) -> None:
    with pytest.raises(BadTraining, match="is a bundle already"):
        train_bundle(own_films, knob_bundle, TrainingOptions(), lambda _: None)


@pytest.mark.slow
def test_the_bundle_runs_by_monai_and_finds_the_same(own_films: Path, tmp_path: Path) -> None:
    bundle, images = tmp_path / "knob", tmp_path / "images"
    train_bundle(own_films, bundle, TrainingOptions("chest_anatomy", size=64, epochs=40, shown=96), pytest.fail)
    images.mkdir()
    shutil.copy(own_films / "images" / "film_03.png", images)
    command = [sys.executable, "-m", "monai.bundle", "run", "--bundle_root", str(bundle)]
    command += ["--config_file", str(bundle / "configs" / "inference.json")]
    command += ["--meta_file", str(bundle / "configs" / "metadata.json")]
    command += ["--image_dir", str(images), "--output_dir", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    volume = nibabel.load(tmp_path / "out" / "film_03" / "film_03_masks.nii.gz")  # type: ignore[attr-defined]
    by_monai = np.asarray(volume.dataobj).squeeze() > 0
    film = Radiograph(cv2.imread(str(images / "film_03.png"), 0).astype(np.float32))
    assert dice(segment(film, str(bundle)).masks["knob"], by_monai) > 0.8
