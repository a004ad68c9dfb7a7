"""What docs/own_films.md tells to type, typed literally, on few small drawn films."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow
QUICK = {"train": "--size 64 --epochs 4", "stress": "--only noise --limit 2"}
"""What keeps the commands short."""


def commands() -> list[list[str]]:
    """The radcaliper commands of the page, in their order."""
    text = (ROOT / "docs" / "own_films.md").read_text(encoding="utf-8")
    lines = (line for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S) for line in block.splitlines())
    return [shlex.split(line, comments=True) for line in lines if line.startswith("radcaliper")]


def write_films(folder: Path, count: int) -> None:
    """Films of grain with a bright disc and its masks, below DATA, and three without below films/."""
    rng = np.random.default_rng(0)
    rows, cols = np.mgrid[:160, :160]
    for place in ("DATA/images", "DATA/masks/aortic_knob", "films"):
        (folder / place).mkdir(parents=True)
    for number in range(count):
        (row, col), radius = rng.uniform(60, 100, 2), rng.uniform(20, 30)
        knob = (rows - row) ** 2 + (cols - col) ** 2 <= radius**2
        grain = cv2.GaussianBlur(rng.uniform(0, 1, knob.shape).astype(np.float32), (0, 0), 2)
        grey = np.clip(90 + 60 * grain + 80 * knob, 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / "DATA" / "images" / f"{number:02d}.png"), grey)
        cv2.imwrite(str(folder / "DATA" / "masks" / "aortic_knob" / f"{number:02d}.png"), knob.astype(np.uint8) * 255)
        if number < 3:
            cv2.imwrite(str(folder / "films" / f"{number:02d}.png"), grey)


def test_from_films_and_masks_to_measured_films(tmp_path: Path) -> None:
    write_films(tmp_path, 26)
    typed = commands()
    kinds = ["train", "measure", "evaluate", "evaluate", "calibrate", "measure", "stress"]
    assert [words[1] for words in typed] == kinds
    for words in typed:
        if words[1] in ("evaluate", "calibrate", "stress") and "--bundle" not in words:
            words = [*words, "--bundle", "aortic_knob"]  # noqa: PLW2901  nothing that ships is on these films
        if words[1] == "measure" and "--settings" in words:
            words = [*words, "--bundle", "aortic_knob"]  # noqa: PLW2901
        command = [sys.executable, "-m", *words, *shlex.split(QUICK.get(words[1], ""))]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (words, done.stderr[-2000:])
    card = (tmp_path / "aortic_knob" / "docs" / "README.md").read_text(encoding="utf-8")
    assert "| aortic_knob |" in card
    structures = pd.read_csv(tmp_path / "results" / "structures.csv")
    assert list(structures.structure) == ["aortic_knob"] * 3
    assert structures.quality.between(0, 1).all()
    areas = pd.read_csv(tmp_path / "results" / "measurements.csv")
    assert set(areas.measurement) == {"aortic_knob_area"}
    run = json.loads((tmp_path / "results" / "run.json").read_text(encoding="utf-8"))
    assert run["own_structures"] == ["aortic_knob"]
    assert (tmp_path / "results" / "overlays" / "00.png.png").is_file()
    assert (tmp_path / "evaluation" / "evaluation.html").is_file()
    assert (tmp_path / "stress" / "stress.csv").is_file()
