"""A new protocol is one folder and one line, a new measurement one function and one spec.

Both are added to a copy of the package, which is then used as a user does.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("measurements", "qc", "models", "pipelines", "learning", "napari_plugin")

DECLARATION = '''
"""The knee protocol: the patella on AP films of a knee."""

from radcaliper.measurements.specs import Code, MeasurementSpec, Quantity, StructureSpec
from radcaliper.pipelines.protocols.base import Protocol

PROTOCOL = Protocol(
    name="knee",
    label="AP film of a knee",
    bundles=(),
    structures=(
        StructureSpec("patella", "knee", "Patella", Code("64234005", "Patella"), (240, 228, 66), vital=True),
    ),
    measurements=(
        MeasurementSpec(
            name="patella_width",
            protocol="knee",
            label="Patella width",
            definition="Horizontal extent of the patella.",
            quantity=Quantity.LENGTH,
            structures=("patella",),
            function="radcaliper.pipelines.protocols.knee.measure:patella_width",
        ),
    ),
    main="patella_width",
    steps="radcaliper.pipelines.protocols.knee.analyse:STEPS",
    overlay="radcaliper.pipelines.protocols.outlines:draw",
    review="radcaliper.pipelines.protocols.knee.review:REVIEW",
    evaluation="radcaliper.learning.knee.evaluate:EVALUATION",
)
'''
MEASURE = '''
"""What is measured of a knee."""

from radcaliper.measurements.region import structure
from radcaliper.pipelines.protocols.knee import PROTOCOL


def patella_width(masks, grid):
    """Horizontal extent of the patella."""
    patella = structure(masks, "patella")
    ends = patella.left_end, patella.right_end
    return PROTOCOL.measurement("patella_width").value(patella.extent.cols * grid.col, grid, ends)
'''
ANALYSE = '''
"""How a knee film is measured: whatever is bright is the patella."""

from radcaliper.measurements.types import Finding, Pass, Prediction, Status
from radcaliper.pipelines.protocols.base import Steps
from radcaliper.pipelines.protocols.knee import PROTOCOL
from radcaliper.pipelines.protocols.measuring import measure_on_masks


def predict(film):
    masks = {"patella": film.pixels > film.pixels.mean() + 2 * film.pixels.std()}
    return Prediction(masks, passes=(Pass(masks),), agreement={"patella": 1.0}, margin={"patella": 1.0})


def gate(examination):
    seen = examination.prediction.masks["patella"].any()
    return () if seen else (Finding("structure_not_seen", Status.REFUSED),)


def measure(examination):
    return measure_on_masks(PROTOCOL.measurements, examination)


def landmarks(examination, measurements):
    return {}


STEPS = Steps(predict, gate, measure, landmarks)
'''
REVIEW = '''
"""How a knee film is corrected."""

from radcaliper.pipelines.protocols.knee import PROTOCOL
from radcaliper.pipelines.review.mask_review import mask_review

REVIEW = mask_review(PROTOCOL)
'''
EVALUATE = '''
"""The knee protocol on films of known width."""

from radcaliper.learning.evaluation import Evaluation
from radcaliper.learning.scores import Score
from radcaliper.pipelines.protocols.knee import PROTOCOL
from radcaliper.pipelines.reading import read_radiograph


def scores(data, every_film):
    for line in (data / "widths.csv").read_text().splitlines():
        name, truth = line.split(",")
        (width,) = PROTOCOL.analyse(name, read_radiograph(data / name)).measurements
        yield Score("knees", "error patella_width", name, width.value - float(truth), float(truth))


EVALUATION = Evaluation("widths.csv", scores)
'''
HEIGHT = '''

def heart_height(masks, grid):
    """Vertical extent of the heart's shadow."""
    heart = structure(masks, "heart")
    return HEART_HEIGHT.value(heart.extent.rows * grid.row, grid)
'''
HEIGHT_SPEC = """HEART_HEIGHT: Final = MeasurementSpec(
    name="heart_height",
    protocol="chest",
    label="Heart height",
    definition="Vertical extent of the heart's shadow.",
    quantity=Quantity.LENGTH,
    structures=("heart",),
    function="radcaliper.measurements.chest.sizes:heart_height",
)

MEASUREMENTS: Final = (
    HEART_HEIGHT,"""


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path}: {old!r}"
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a copy of the package."""
    home = tmp_path_factory.mktemp("package")
    copytree(ROOT / "api", home / "radcaliper", ignore=ignore_patterns("__pycache__"))
    for part in PARTS:
        copytree(ROOT / part, home / "radcaliper" / part, ignore=ignore_patterns("__pycache__", "bundles"))
    (home / "radcaliper" / "models" / "bundles").symlink_to(ROOT / "models" / "bundles")
    return home


@pytest.fixture(scope="module")
def with_knee(package: Path) -> Path:
    """With the knee protocol: one folder, one word, and a folder in learning to be evaluated."""
    protocols, learning = package / "radcaliper" / "pipelines" / "protocols", package / "radcaliper" / "learning"
    for path, text in (
        (protocols / "knee" / "__init__.py", DECLARATION),
        (protocols / "knee" / "measure.py", MEASURE),
        (protocols / "knee" / "analyse.py", ANALYSE),
        (protocols / "knee" / "review.py", REVIEW),
        (learning / "knee" / "__init__.py", '"""Evaluate the knee protocol."""\n'),
        (learning / "knee" / "evaluate.py", EVALUATE),
    ):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    replaced(protocols / "__init__.py", '"hip")', '"hip", "knee")')
    return package


@pytest.fixture(scope="module")
def knees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two films with a bright square of known width."""
    folder = tmp_path_factory.mktemp("knees")
    rng = np.random.default_rng(0)
    for name, width in (("narrow.png", 40), ("wide.png", 60)):
        film = cv2.GaussianBlur(rng.uniform(40, 80, (400, 400)).astype(np.float32), (0, 0), 3)
        film[100:160, 100 : 100 + width] = 250
        cv2.imwrite(str(folder / name), film.astype(np.uint8))
    (folder / "widths.csv").write_text("narrow.png,40\nwide.png,60\n")
    return folder


def run(package: Path, *arguments: object) -> str:
    command = [sys.executable, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(package)}
    done = subprocess.run(command, env=environment, cwd=package, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def measured(with_knee: Path, knees: Path) -> Path:
    """The knees' results."""
    out = with_knee / "out"
    run(with_knee, "-m", "radcaliper", "measure", knees, "-o", out, "--protocol", "knee", "--spacing", "0.5")
    return out


def test_a_film_of_the_new_protocol_is_measured(measured: Path) -> None:
    images, measurements = rows(measured / "images.csv"), rows(measured / "measurements.csv")
    assert {row["protocol"] for row in images} == {"knee"}
    assert [(row["image"], float(row["value"]), row["unit"]) for row in measurements] == [
        ("narrow.png", 20.0, "mm"),
        ("wide.png", 30.0, "mm"),
    ]
    assert {(row["lower"], row["upper"]) for row in measurements} == {("", "")}  # no calibration, no interval
    assert {row["structure"] for row in rows(measured / "structures.csv")} == {"patella"}


def test_its_masks_overlay_and_report_are_there(measured: Path) -> None:
    assert (measured / "masks" / "wide.png" / "patella.png").is_file()
    overlay = cv2.imread(str(measured / "overlays" / "wide.png.png"))
    assert (overlay == [66, 228, 240]).all(axis=-1).any()  # the outline in the catalog's colour
    assert "patella_width" in (measured / "report.html").read_text(encoding="utf-8")


def test_its_films_can_be_corrected(with_knee: Path, measured: Path) -> None:
    code = f"""
from pathlib import Path
from radcaliper.pipelines.review.folder import ResultsFolder
from radcaliper.pipelines.review.remeasure import remeasure
film = ResultsFolder(Path({str(measured)!r})).open_film("wide.png", "reader")
mask = film.analysis.prediction.masks["patella"].copy()
mask[:, 130:] = False
(width,) = remeasure(film.analysis, film.edits.with_mask("patella", mask)).measurements
print(width.automatic.value, width.now.value)
"""
    assert run(with_knee, "-c", code).split() == ["30.0", "15.0"]


def test_it_is_evaluated(with_knee: Path, knees: Path) -> None:
    printed = run(with_knee, "-m", "radcaliper", "evaluate", knees, "--protocol", "knee")
    assert "error patella_width" in printed
    assert "0.0000" in printed


def test_a_new_measurement_is_one_function_and_one_spec(package: Path, chest_dicom: Path) -> None:
    measurements = package / "radcaliper" / "measurements"
    sizes = measurements / "chest" / "sizes.py"
    sizes.write_text(sizes.read_text(encoding="utf-8") + HEIGHT, encoding="utf-8")
    replaced(sizes, "import HEART_AREA,", "import HEART_AREA, HEART_HEIGHT,")
    replaced(measurements / "catalog.py", "MEASUREMENTS: Final = (", HEIGHT_SPEC)
    out = package / "chest"
    run(package, "-m", "radcaliper", "measure", chest_dicom, "-o", out, "--protocol", "chest")
    (height,) = (row for row in rows(out / "measurements.csv") if row["measurement"] == "heart_height")
    assert float(height["value"]) > 100
    assert height["status"] == "ok"
    assert "heart_height" in (out / "report.html").read_text(encoding="utf-8")
