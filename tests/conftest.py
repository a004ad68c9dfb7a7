"""Films and folders that several tests use."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian, generate_uid

from radcaliper.measurements.catalog import measurements_of, with_sites
from radcaliper.measurements.hip.measures import leg_length_difference
from radcaliper.measurements.specs import Calibration
from radcaliper.measurements.spine.angles import measure_spine
from radcaliper.measurements.types import (
    Analysis,
    Landmark,
    MaskQuality,
    MeasuredValue,
    Measurement,
    NotMeasurable,
    PixelSpacing,
    Point,
    Prediction,
    Radiograph,
    SpacingSource,
    Status,
)
from radcaliper.pipelines.phantoms.hip import HipPhantom, hip_phantom
from radcaliper.pipelines.phantoms.spine import SpinePhantom, spine_phantom
from radcaliper.pipelines.protocols.hip.measurements import METHOD, SIDE_MEASUREMENTS
from radcaliper.pipelines.protocols.measuring import measure_masks, on_masks
from radcaliper.pipelines.results.formats import MaskFormat
from radcaliper.pipelines.results.masks import mask_files
from radcaliper.pipelines.results.pictures import PreparedPictures
from radcaliper.pipelines.results.png import encoded_png
from radcaliper.pipelines.results.rows import analysis_rows
from radcaliper.pipelines.results.store import ResultStore, Source
from radcaliper.pipelines.results.tables import write_tables
from radcaliper.pipelines.running import workers
from radcaliper.pipelines.running.discover import FilmFile
from radcaliper.pipelines.running.film import file_hash

settings.register_profile("steady", deadline=None)  # the first example pays for imports and caches
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def _one_film_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs within a test measure in its process unless told otherwise: others know nothing of what it patches."""
    monkeypatch.setattr(workers, "available_cores", lambda: 1)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The labelled films, where they exist: RADCALIPER_DATA or ../shared/data beside the repository."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("RADCALIPER_DATA", default))
    if not folder.is_dir():
        pytest.skip("labelled films are not here: set RADCALIPER_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def chest_dicom() -> Path:
    """A real chest film in MONOCHROME1, from the pydicom-data package."""
    return Path(str(files("data_store") / "data" / "RG1_J2KR.dcm"))


def _automatic(measured: MeasuredValue) -> Measurement:
    """A value as an automatic measurement: its interval, where it is calibrated, reaches 2 to either side."""
    calibrated = measured.spec.calibration is not Calibration.NONE
    return Measurement.of(measured, (measured.value - 2, measured.value + 2) if calibrated else None, "", ())


@pytest.fixture(scope="session")
def automatic() -> Callable[[MeasuredValue], Measurement]:
    """``automatic(measured)``: a value as a run would have measured it, its interval 2 to either side."""
    return _automatic


def _cr_dicom(film: Radiograph, image: str) -> bytes:
    """A film as a CR image of a patient, with identities that follow from its name."""
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.SOPClassUID, dataset.Modality = ComputedRadiographyImageStorage, "CR"
    for keyword in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"):
        setattr(dataset, keyword, generate_uid(entropy_srcs=[image, keyword]))
    dataset.PatientName, dataset.PatientID = "Müller^Änne", "WARD-17"
    dataset.PatientBirthDate, dataset.PatientSex, dataset.PatientAge = "19481130", "F", "062Y"
    dataset.StudyDate, dataset.StudyTime, dataset.StudyID = "20110401", "101500", "S1"
    dataset.AccessionNumber, dataset.ReferringPhysicianName = "A-1", "Doe^Jane"
    dataset.PatientOrientation, dataset.BodyPartExamined = ["L", "F"], "CHEST"
    dataset.ImagerPixelSpacing = [0.5, 0.5]
    dataset.Rows, dataset.Columns = film.shape
    dataset.SamplesPerPixel, dataset.PixelRepresentation, dataset.PhotometricInterpretation = 1, 0, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelData = np.clip(film.pixels * 4095, 0, 4095).astype(np.uint16).tobytes()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    content = BytesIO()
    dataset.save_as(content, enforce_file_format=True)
    return content.getvalue()


def _file_of(film: Radiograph, image: str) -> bytes:
    """What a film of that name would have in its file: a CR image, or else a PNG."""
    if image.endswith(".dcm"):
        return _cr_dicom(film, image)
    return encoded_png(np.clip(film.pixels * 255, 0, 255).astype(np.uint8))


def _save_results(out: Path, analyses: Sequence[Analysis], masks: MaskFormat = MaskFormat.PNG) -> Path:
    """A results folder of films that are written beside it, as a run would leave it."""
    films = out.parent / "films"
    out.mkdir(exist_ok=True)
    store = ResultStore(out / "results.sqlite")
    for analysis in analyses:
        film = FilmFile(analysis.image, films / analysis.image)
        film.path.parent.mkdir(parents=True, exist_ok=True)
        film.path.write_bytes(_file_of(analysis.radiograph, analysis.image))
        files = mask_files(analysis, film.path, masks)
        PreparedPictures(out, files).show()
        sha256 = file_hash(film.path)
        store.save(analysis_rows(analysis, sha256, 0.1), sha256, files, Source(film.path))
    write_tables(store, out)
    store.close()
    return out


@pytest.fixture(scope="session")
def save_results() -> Callable[..., Path]:
    """``save_results(out, analyses, masks=PNG)``: a results folder, its films beside it."""
    return _save_results


@pytest.fixture(scope="session")
def phantom() -> SpinePhantom:
    return spine_phantom()


@pytest.fixture(scope="session")
def spine_analysis(phantom: SpinePhantom) -> Analysis:
    """The spine phantom, measured without an error."""
    names = [f"vertebra_{number:02d}" for number in range(1, len(phantom.corners) + 1)]
    values = measure_spine(phantom.corners, names, phantom.film.shape[0], phantom.film.grid)
    landmarks = {
        f"{name}_{corner}": Landmark(Point(*map(float, place)), 0.9)
        for name, quad in zip(names, phantom.corners, strict=True)
        for corner, place in zip(("tl", "tr", "bl", "br"), quad, strict=True)
    }
    qualities = tuple(MaskQuality(name, Status.OK, 0.9, 0.8, 100, None) for name in ["spine", *names])
    facts = ("spine.png", phantom.film, "spine", "none", Status.OK, ())
    return Analysis(*facts, Prediction(), qualities, tuple(map(_automatic, values)), landmarks)


@pytest.fixture(scope="session")
def hips() -> HipPhantom:
    return hip_phantom()


@pytest.fixture(scope="session")
def hip_analysis(hips: HipPhantom) -> Analysis:
    """The hip phantom, measured without an error."""
    grid, sides = hips.film.grid, ("right", "left")
    axes = {side: replace(hips.axes[side], method=METHOD) for side in sides}
    values = [spec.measure(axes[side], grid, side) for spec in SIDE_MEASUREMENTS for side in sides]
    values.append(leg_length_difference(axes["right"], axes["left"], grid))
    places = ("femoral_head_center", "neck_center", "shaft_upper", "shaft_lower")
    landmarks = {
        f"{side}_{name}": Landmark(point, 0.9)
        for side in sides
        for name, point in zip(places, hips.axes[side].points(grid), strict=True)
    }
    masks = {f"{side}_femur": hips.femora[side] for side in sides}
    qualities = tuple(MaskQuality(name, Status.OK, 0.9, 0.8, int(mask.sum()), None) for name, mask in masks.items())
    facts = ("hip.png", hips.film, "hip", "none", Status.OK, ())
    return Analysis(*facts, Prediction(masks), qualities, tuple(map(_automatic, values)), landmarks)


def _ellipse(shape: tuple[int, int], centre: tuple[int, int], half: tuple[int, int]) -> np.ndarray:
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    return ((rows - centre[0]) / half[0]) ** 2 + ((cols - centre[1]) / half[1]) ** 2 <= 1


@pytest.fixture(scope="session")
def chest_analysis() -> Analysis:
    """A drawn chest of ellipses on pixels of 0.5 mm: lungs from column 60 to 340, a heart from 140 to 260."""
    shape = (300, 400)
    masks = {
        "right_lung": _ellipse(shape, (140, 110), (110, 50)),
        "left_lung": _ellipse(shape, (140, 290), (110, 50)),
        "heart": _ellipse(shape, (190, 200), (50, 60)),
        "airways": np.zeros(shape, bool),
    }
    pixels = (0.5 + 0.2 * masks["heart"] - 0.3 * (masks["right_lung"] | masks["left_lung"])).astype(np.float32)
    film = Radiograph(pixels, PixelSpacing(0.5, 0.5, SpacingSource.USER), "PA")
    measurements = []
    for spec, site in with_sites(on_masks(measurements_of("chest"))):
        try:
            measurements.append(_automatic(measure_masks(spec, site, masks, film.grid)))
        except NotMeasurable as refusal:
            measurements.append(Measurement.refused(spec, site, "mask", refusal.reason))
    ratio = measurements[0]
    ends = zip(("heart_right", "heart_left", "thorax_right", "thorax_left"), ratio.points, strict=True)
    landmarks = {name: Landmark(point, 0.9) for name, point in ends}
    qualities = tuple(MaskQuality(name, Status.OK, 0.85, 0.8, int(mask.sum()), None) for name, mask in masks.items())
    facts = ("chest.png", film, "chest", "none", Status.OK, ())
    return Analysis(*facts, Prediction(masks), qualities, tuple(measurements), landmarks)


@pytest.fixture
def results(tmp_path: Path, spine_analysis: Analysis, chest_analysis: Analysis) -> Path:
    """A results folder of a spine, a chest, a better chest, and a film that is broken by now."""
    better = tuple(replace(quality, quality=0.99) for quality in chest_analysis.qualities)
    broken, second = (replace(chest_analysis, image=name, qualities=better) for name in ("broken.png", "second.png"))
    out = _save_results(tmp_path / "out", [spine_analysis, chest_analysis, second, broken])
    (tmp_path / "films" / "broken.png").write_bytes(b"no film any more")
    return out
