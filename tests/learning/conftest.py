"""Drawn films with masks, and a bundle that learned a little from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from radcaliper.learning.own.train import TrainingOptions, train_bundle

SIZE = 160


def drawn_film(rng: np.random.Generator) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A film of grain with a disc (``knob``) and a bar (``bar``), as 8-bit grey, and their masks."""
    rows, cols = np.mgrid[:SIZE, :SIZE]
    (row, col), radius = rng.uniform(60, 100, 2), rng.uniform(20, 30)
    knob = (rows - row) ** 2 + (cols - col) ** 2 <= radius**2
    bar = (cols > 8) & (cols < 28) & (rows > 20) & (rows < 140)
    grain = cv2.GaussianBlur(rng.uniform(0, 1, (SIZE, SIZE)).astype(np.float32), (0, 0), 2)
    grey = 90 + 60 * (grain - 0.5) + 110 * knob - 70 * bar + rng.normal(0, 4, (SIZE, SIZE))
    return np.clip(grey, 0, 255).astype(np.uint8), {"knob": knob, "bar": bar}


def _write_own_films(folder: Path, count: int, structures: tuple[str, ...] = ("knob",)) -> Path:
    rng = np.random.default_rng(0)
    (folder / "images").mkdir(parents=True)
    lines = ["image,patient,sex,age,view"]
    for number in range(count):
        grey, masks = drawn_film(rng)
        name = f"film_{number:02d}.png"
        cv2.imwrite(str(folder / "images" / name), grey)
        for structure in structures:
            (folder / "masks" / structure).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / "masks" / structure / name), masks[structure].astype(np.uint8) * 255)
        lines.append(f"{name},patient {number},{'FM'[number % 2]},{40 + number},PA")
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def write_own_films() -> Callable[..., Path]:
    """``write_own_films(folder, count, structures)``: films with masks, and a manifest with a patient each."""
    return _write_own_films


@pytest.fixture(scope="session")
def own_films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fourteen films with masks of ``knob``."""
    return _write_own_films(tmp_path_factory.mktemp("own") / "data", 14)


@pytest.fixture(scope="session")
def knob_bundle(own_films: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that learned for three short epochs."""
    bundle = tmp_path_factory.mktemp("bundles") / "knob"
    options = TrainingOptions("chest_anatomy", size=64, epochs=3, protocol="", shown=96)
    train_bundle(own_films, bundle, options, pytest.fail)
    return bundle
