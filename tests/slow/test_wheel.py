"""The wheel holds the tree and nothing else, and a film is measured from it in an environment that has nothing else."""

from __future__ import annotations

import csv
import subprocess
import sys
import venv
import zipfile
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("measurements", "qc", "models", "pipelines", "learning", "napari_plugin")
pytestmark = pytest.mark.slow
KEPT = {".py", ".typed", ".json", ".npz", ".html", ".css", ".js", ".yaml", ".safetensors", ".onnx", ".md"}


def run(*command: object, cwd: Path | None = None) -> None:
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", out, ROOT)
    (built,) = out.glob("radcaliper-*.whl")
    return built


def _tree() -> set[str]:
    inside = {f"radcaliper/{path.relative_to(ROOT / 'api')}" for path in (ROOT / "api").rglob("*")}
    for part in PARTS:
        inside |= {f"radcaliper/{path.relative_to(ROOT)}" for path in (ROOT / part).rglob("*")}
    return {name for name in inside if Path(name).suffix in KEPT and "__pycache__" not in name}


def test_the_wheel_is_the_tree(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == _tree()


def test_a_film_is_measured_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt", wheel, cwd=tmp_path)
    film = Path(str(files("data_store") / "data" / "RG1_J2KR.dcm"))
    run(tmp_path / "env" / "bin" / "radcaliper", "measure", film, "-o", tmp_path / "out", cwd=tmp_path)
    with (tmp_path / "out" / "measurements.csv").open(newline="", encoding="utf-8") as file:
        values = {row["measurement"]: row["value"] for row in csv.DictReader(file)}
    assert 0.3 < float(values["cardiothoracic_ratio"]) < 0.7
    site = next((tmp_path / "env" / "lib").glob("python3*")) / "site-packages"
    assert {path.name for path in site.iterdir() if path.name.startswith("radcaliper")} == {
        "radcaliper",
        f"{wheel.name.rpartition('-py3')[0]}.dist-info",
    }
