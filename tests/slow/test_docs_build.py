"""The pages are built with every example run, and without a warning."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_pages_are_built_without_a_warning(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-b",
        "html",
        str(ROOT / "docs"),
        str(tmp_path),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    for page in ("index", "numbers/chest", "gallery/plot_cobb_angles", "cards/view", "reference/index"):
        text = (tmp_path / f"{page}.html").read_text(encoding="utf-8")
        assert "radcaliper" in text
        assert 'src="http' not in text, "a page asks another machine for something"
