"""Every bundle runs by ``python -m monai.bundle run``, as docs/own_films.md says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import nibabel
import numpy as np
import pandas as pd
import pytest

from radcaliper.models.registry import BUNDLES

pytestmark = pytest.mark.slow
MASKS = ("chest_anatomy", "hip_femur", "spine_locator")
MAPS = {
    "spine_vertebrae": ((640, 96), (320, 48)),
    "spine_levels": ((256, 96), (32, 12)),
    "chest_tubes": ((384, 288), (192, 144)),
}
"""Height and width of a picture, and of the maps, for networks that see a part of a film."""


def run_by_monai(folder: Path, images: Path, output: Path) -> None:
    """Run a bundle on a folder of pictures."""
    command = [sys.executable, "-m", "monai.bundle", "run", "--bundle_root", str(folder)]
    command += ["--config_file", str(folder / "configs" / "inference.json")]
    command += ["--meta_file", str(folder / "configs" / "metadata.json")]
    command += ["--image_dir", str(images), "--output_dir", str(output)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=images)
    assert done.returncode == 0, done.stderr[-2000:]


def picture(folder: Path, height: int, width: int) -> Path:
    """A folder with one smooth grey picture."""
    folder.mkdir()
    grey = np.random.default_rng(0).uniform(0, 255, (height, width)).astype(np.float32)
    cv2.imwrite(str(folder / "film.png"), cv2.GaussianBlur(grey, (0, 0), 8).astype(np.uint8))
    return folder


@pytest.mark.parametrize("name", MASKS)
def test_a_bundle_of_masks_gives_a_mask_a_channel(name: str, tmp_path: Path) -> None:
    run_by_monai(BUNDLES[name].folder, picture(tmp_path / "images", 300, 256), tmp_path / "out")
    volume = nibabel.load(tmp_path / "out" / "film" / "film_masks.nii.gz")  # type: ignore[attr-defined]
    assert volume.shape[:2] == (300, 256)
    channels = len(BUNDLES[name].metadata["structures"])
    assert np.asarray(volume.dataobj).size == 300 * 256 * channels


@pytest.mark.parametrize("name", MAPS)
def test_a_bundle_of_maps_gives_them_as_they_are(name: str, tmp_path: Path) -> None:
    (height, width), size = MAPS[name]
    run_by_monai(BUNDLES[name].folder, picture(tmp_path / "images", height, width), tmp_path / "out")
    volume = nibabel.load(tmp_path / "out" / "film" / "film_maps.nii.gz")  # type: ignore[attr-defined]
    assert volume.shape[:2] == size
    assert volume.shape[-1] == len(BUNDLES[name].metadata["structures"])


def test_the_view_bundle_gives_probabilities(tmp_path: Path) -> None:
    run_by_monai(BUNDLES["view"].folder, picture(tmp_path / "images", 300, 256), tmp_path / "out")
    row = pd.read_csv(tmp_path / "out" / "views.csv", header=None).iloc[0, 1:].astype(float)
    assert len(row) == 12
    assert row.sum() == pytest.approx(1, abs=1e-4)


def test_every_bundle_is_tried() -> None:
    assert {*MASKS, *MAPS, "view"} == set(BUNDLES)
