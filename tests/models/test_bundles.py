"""Bundles are whole: weights by hash, a card, and they run as MONAI bundles with the same masks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image

from radcaliper.measurements.types import Radiograph
from radcaliper.models.inference.agreement import dice
from radcaliper.models.inference.normalize import normalize_grey
from radcaliper.models.inference.segment import segment
from radcaliper.models.registry import BUNDLES, BrokenBundle, Bundle
from radcaliper.pipelines.reading import read_radiograph


@pytest.mark.parametrize("bundle", BUNDLES.values(), ids=BUNDLES)
def test_weights_are_those_of_the_metadata(bundle: Bundle) -> None:
    assert len(bundle.verified_weights()) < 15e6
    assert bundle.metadata["license"]
    card = (bundle.folder / "docs" / "README.md").read_text(encoding="utf-8")
    assert "Not a medical device" in card


def test_other_weights_are_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(BUNDLES["chest_anatomy"].folder, tmp_path / "chest_anatomy")
    (folder / "models" / "model.safetensors").write_bytes(b"other")
    with pytest.raises(BrokenBundle, match="damaged"):
        Bundle("chest_anatomy", folder).verified_weights()


def agreement_with_monai(bundle: str, film: Path, structures: tuple[str, ...], tmp_path: Path) -> list[float]:
    """Dice of each structure's mask between the bundle run by MONAI and our own inference; structures lead the list."""
    eight = (normalize_grey(read_radiograph(film).pixels) * 255).astype(np.uint8)
    (tmp_path / "images").mkdir()
    Image.fromarray(eight).save(tmp_path / "images" / "film.png")
    folder = BUNDLES[bundle].folder
    command = [sys.executable, "-m", "monai.bundle", "run", "--bundle_root", str(folder)]
    command += ["--config_file", str(folder / "configs" / "inference.json")]
    command += ["--meta_file", str(folder / "configs" / "metadata.json")]
    command += ["--image_dir", str(tmp_path / "images"), "--output_dir", str(tmp_path / "masks")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    volume = nibabel.load(tmp_path / "masks" / "film" / "film_masks.nii.gz")  # type: ignore[attr-defined]
    masks = np.asarray(volume.dataobj)[:, :, 0].astype(bool)
    own = segment(Radiograph(eight.astype(np.float32)), bundle).masks
    return [dice(own[name], masks[..., channel]) for channel, name in enumerate(structures)]


def test_the_chest_bundle_runs_with_monai_and_sees_the_same(tmp_path: Path, chest_dicom: Path) -> None:
    agreed = agreement_with_monai("chest_anatomy", chest_dicom, ("right_lung", "left_lung", "heart"), tmp_path)
    assert min(agreed) > 0.95


def test_the_hip_bundle_runs_with_monai_and_sees_the_same(tmp_path: Path, data_folder: Path) -> None:
    film = data_folder / "hip" / "real" / "pelvis_ap_unlabelled.jpg"
    agreed = agreement_with_monai("hip_femur", film, ("right_femur", "left_femur"), tmp_path)
    assert min(agreed) > 0.9
