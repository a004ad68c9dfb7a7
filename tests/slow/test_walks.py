"""What docs/start.md tells a newcomer to type does what it says, typed literally."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def blocks_of(section: str, language: str) -> list[str]:
    """The code of one language under a heading of docs/start.md."""
    text = (ROOT / "docs" / "start.md").read_text(encoding="utf-8")
    part = re.split(r"^## ", text, flags=re.M)
    (found,) = [each for each in part if each.startswith(section)]
    return re.findall(rf"^```{language}\n(.*?)^```", found, re.M | re.S)


def run_python(code: str, folder: Path) -> str:
    environment = os.environ | {"MPLBACKEND": "agg"}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_from_a_folder_to_a_table_in_pandas(tmp_path: Path, chest_dicom: Path) -> None:
    (tmp_path / "films").mkdir()
    shutil.copy(chest_dicom, tmp_path / "films" / "a.dcm")
    (command,) = (line for block in blocks_of("I have a folder", "sh") for line in block.splitlines())
    words = [sys.executable, "-m", *shlex.split(command)]
    ran = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "results" / "report.html").is_file()
    (code,) = blocks_of("I have a folder", "python")
    assert run_python(code + "print(round(ratio['a.dcm'], 2))", tmp_path).strip() in {"0.50", "0.51", "0.52"}


def test_from_a_film_to_a_plot_in_a_notebook(tmp_path: Path, chest_dicom: Path) -> None:
    shutil.copy(chest_dicom, tmp_path / "film.dcm")
    (code,) = blocks_of("I work in a notebook", "python")
    saved = "result.plot().figure.savefig('plot.png')"
    assert "film.dcm: ok" in run_python(f"{code}print(repr(result))\n{saved}", tmp_path)
    assert (tmp_path / "plot.png").stat().st_size > 20_000
