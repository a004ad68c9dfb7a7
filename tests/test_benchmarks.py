"""The stages that the benchmark of speed clocks are there, and add up."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from radcaliper.models.inference.normalize import normalize_grey
from radcaliper.pipelines.phantoms.spine import spine_phantom

STAGES = Path(__file__).resolve().parents[1] / "benchmarks" / "stages.py"


def test_the_stages_of_a_film_add_up(tmp_path: Path) -> None:
    film = tmp_path / "spine.png"
    cv2.imwrite(str(film), (normalize_grey(spine_phantom().film.pixels) * 255).astype(np.uint8))
    twice = (film, film)  # the first time warms up
    done = subprocess.run([sys.executable, STAGES, "spine", *twice], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    whole, memory = facts.pop("all"), facts.pop("resident_mb")
    assert sum(facts.values()) == pytest.approx(whole)
    assert all(facts[stage] > 0 for stage in facts if stage != "further masks, courses")
    assert memory > 0
