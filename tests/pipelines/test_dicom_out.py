"""Segmentations and structured reports of DICOM films, read back by pydicom and highdicom."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
from pydicom.sr.codedict import codes
from typer.testing import CliRunner

from radcaliper.measurements.own import own_area
from radcaliper.measurements.specs import PRIVATE_SCHEME
from radcaliper.measurements.types import Analysis, Grid, Measurement, Status
from radcaliper.pipelines.cli import app
from radcaliper.pipelines.results.dicom_seg import read_segmentation
from radcaliper.pipelines.results.dicom_source import source_of
from radcaliper.pipelines.results.formats import MaskFormat
from radcaliper.pipelines.results.masks import mask_files, read_masks
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.export import write_reviewed_masks
from radcaliper.pipelines.review.folder import ResultsFolder
from radcaliper.pipelines.review.journal import Decision, Review
from radcaliper.pipelines.review.remeasure import remeasure

pytestmark = pytest.mark.filterwarnings("ignore")  # highdicom's, of its own reading
UCUM = {"deg": "deg", "mm": "mm", "mm2": "mm2", "px": "{pixels}", "px2": "{pixels}", "ratio": "1"}


@pytest.fixture(scope="module")
def films(chest_analysis: Analysis, spine_analysis: Analysis, hip_analysis: Analysis) -> list[Analysis]:
    """A chest, a spine and a pair of hips from CR films of one patient, and a chest from a PNG."""
    named = (("chest", chest_analysis), ("spine", spine_analysis), ("hip", hip_analysis))
    return [*(replace(analysis, image=f"Mueller_{name}.dcm") for name, analysis in named), chest_analysis]


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory, save_results: Callable[..., Path], films: list[Analysis]) -> Path:
    """Their results, exported already; no test changes them."""
    out = save_results(tmp_path_factory.mktemp("dicom") / "out", films)
    export(out, "--sr", "--dicom-seg")
    return out


@pytest.fixture
def out(tmp_path: Path, save_results: Callable[..., Path], films: list[Analysis]) -> Path:
    """Their results, to change."""
    return save_results(tmp_path / "out", films)


def export(out: Path, *formats: str) -> str:
    done = CliRunner().invoke(app, ["export", str(out), *formats])
    assert done.exit_code == 0, done.output
    return done.output


def exported(out: Path, kind: str) -> dict[str, Path]:
    """The object of each film that has one."""
    with (out / "export" / f"{kind}.csv").open(newline="", encoding="utf-8") as file:
        return {row["image"]: out / "export" / row["file"] for row in csv.DictReader(file) if row["file"]}


def groups_in(report: Path) -> dict[str, object]:
    """The groups of measurements by what they are of."""
    content = highdicom.sr.srread(report).content
    return {group.tracking_identifier: group for group in content.get_image_measurement_groups()}


def in_tables(out: Path, image: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of measurements.csv of a film, by the name of their group."""
    with (out / "measurements.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["image"] == image:
                yield "/".join(filter(None, (row["measurement"], row["site"], row["method"]))), row


def with_own_structure(chest: Analysis) -> Analysis:
    """A chest film on which a bundle of the user's own found a structure as well, where the heart is."""
    heart = next(each for each in chest.qualities if each.structure == "heart")
    assert chest.prediction is not None
    area = own_area("aortic_knob", "chest").measure({"aortic_knob": chest.prediction.masks["heart"]}, Grid())
    return replace(
        chest,
        qualities=(*chest.qualities, replace(heart, structure="aortic_knob")),
        measurements=(*chest.measurements, Measurement.of(area, None, "", ())),
    )


def test_the_area_of_a_structure_of_ones_own_is_reported(
    tmp_path: Path, save_results: Callable[..., Path], films: list[Analysis]
) -> None:
    out = save_results(tmp_path / "out", [with_own_structure(films[0])])
    export(out, "--sr")
    groups = groups_in(exported(out, "dicom_sr")["Mueller_chest.dcm"])
    group = next(each for name, each in groups.items() if name.startswith("aortic_knob_area"))
    measured = group.get_measurements()[0]
    assert measured.name == highdicom.sr.CodedConcept("aortic_knob_area", PRIVATE_SCHEME, "Aortic knob, area")
    heart = next(quality for quality in films[0].qualities if quality.structure == "heart")
    assert measured.value == heart.area_px
    assert [site.value.value for site in group.finding_sites] == ["aortic_knob"]


@pytest.mark.parametrize("name", ["chest", "spine", "hip"])
def test_a_report_reads_back_to_the_numbers_of_the_tables(exports: Path, name: str) -> None:
    image = f"Mueller_{name}.dcm"
    groups = groups_in(exported(exports, "dicom_sr")[image])
    rows = dict(in_tables(exports, image))
    assert groups.keys() == {"film", *rows}
    for key, row in rows.items():
        if not row["value"]:
            continue
        measured = groups[key].get_measurements()[0]
        assert measured.value == float(row["value"])
        assert measured.unit.CodeValue == UCUM[row["unit"]]
        assert measured.method.value == row["method"]
        if row["lower"]:
            up, down = (
                next(item.value for item in measured[0].ContentSequence if item.name.value == code)
                for code in ("371886008", "371885007")
            )
            ends = (measured.value - down, measured.value + up)
            assert ends == pytest.approx((float(row["lower"]), float(row["upper"])), abs=1e-5)
        points = [tuple(map(float, pair.split(":"))) for pair in row["points"].split()]
        read = [place for each in measured.referenced_coordinates for place in each.value]
        assert np.allclose([(y - 0.5, x - 0.5) for x, y in read], points, atol=1e-3)


def test_a_report_says_where_by_whom_and_how_well(exports: Path, chest_analysis: Analysis) -> None:
    groups = groups_in(exported(exports, "dicom_sr")["Mueller_chest.dcm"])
    area = groups["lung_area/left/mask"]
    (site,) = area.finding_sites
    assert (site.value, site.laterality) == (codes.SCT.Lung, codes.SCT.Left)
    number, quality = area.get_measurements()
    assert number.name == codes.SCT.Area
    assert (quality.name.meaning, quality.value) == ("Predicted Dice similarity coefficient", 0.85)
    assert groups["cardiothoracic_ratio/mask"].get_measurements()[0].name.scheme_designator == PRIVATE_SCHEME
    said = {(each.name.value, each.value.value) for each in area.get_qualitative_evaluations()}
    assert said == {("status", "ok")}
    names = {item.name.meaning: item.value for item in area[0].ContentSequence if item.value_type.value == "TEXT"}
    assert names["Algorithm Name"] == "radcaliper"


def test_what_was_refused_is_named_as_such(exports: Path, chest_analysis: Analysis) -> None:
    groups = groups_in(exported(exports, "dicom_sr")["Mueller_chest.dcm"])
    refused = [each for each in chest_analysis.measurements if each.status is Status.REFUSED]
    assert refused
    for measurement in refused:
        group = groups["/".join(filter(None, measurement.key))]
        concept = measurement.spec.code
        assert not any(number.name.value == concept.value for number in group.get_measurements())
        said = {(each.name.value, each.value.value) for each in group.get_qualitative_evaluations()}
        failed = (concept.value, codes.DCM.MeasurementFailure.value)
        assert said == {failed, ("status", "refused"), *(("reason", reason) for reason in measurement.reasons)}


def test_masks_read_back_as_segments_with_their_codes(exports: Path, hip_analysis: Analysis) -> None:
    path = exported(exports, "dicom_seg")["Mueller_hip.dcm"]
    masks = read_segmentation(path)
    assert masks.keys() == hip_analysis.prediction.masks.keys()
    assert all((masks[name] == mask).all() for name, mask in hip_analysis.prediction.masks.items())
    segmentation = highdicom.seg.segread(path)
    for number, name in ((1, "left"), (2, "right")):
        segment = segmentation.get_segment_description(number)
        assert segment.segmented_property_type == codes.SCT.Femur
        (side,) = segment.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence
        assert side.CodeMeaning.lower() == name
        pixels = segmentation.get_pixels_by_source_instance(
            [segmentation.get_source_image_uids()[0][2]], segment_numbers=[number]
        )
        assert (pixels[0, ..., 0] > 0).sum() == hip_analysis.prediction.masks[f"{name}_femur"].sum()


@pytest.mark.parametrize("kind", ["dicom_sr", "dicom_seg"])
def test_identities_are_kept_and_file_names_tell_none(exports: Path, kind: str) -> None:
    source = pydicom.dcmread(exports.parent / "films" / "Mueller_chest.dcm")
    path = exported(exports, kind)["Mueller_chest.dcm"]
    written = pydicom.dcmread(path)
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "PatientAge", "StudyInstanceUID"):
        assert written[keyword].value == source[keyword].value
    assert (written.AccessionNumber, written.StudyID, written.StudyDate) == ("A-1", "S1", "20110401")
    assert path.name == f"{written.SOPInstanceUID}.dcm"
    assert written.SOPInstanceUID != source.SOPInstanceUID
    assert source.SOPInstanceUID in str(written)


def test_private_codes_belong_to_a_scheme_that_is_named(exports: Path) -> None:
    for path in exported(exports, "dicom_sr").values():
        (scheme,) = pydicom.dcmread(path).CodingSchemeIdentificationSequence
        assert scheme.CodingSchemeDesignator == PRIVATE_SCHEME
        assert "radcaliper" in scheme.CodingSchemeName


@pytest.mark.parametrize("option", ["--sr", "--dicom-seg"])
def test_films_without_an_object_have_a_reason(out: Path, option: str) -> None:
    folder = out.parent / "films"
    (folder / "Mueller_spine.dcm").unlink()
    with (folder / "Mueller_hip.dcm").open("ab") as file:
        file.write(b"more")
    said = export(out, option)
    kind = "dicom_sr" if option == "--sr" else "dicom_seg"
    with (out / "export" / f"{kind}.csv").open(newline="", encoding="utf-8") as file:
        reasons = {row["image"]: row["left_out"] for row in csv.DictReader(file)}
    assert reasons == {
        "Mueller_chest.dcm": "",
        "Mueller_hip.dcm": "the film has changed since it was measured",
        "Mueller_spine.dcm": "the film cannot be read",
        "chest.png": "the film is not a DICOM file",
    }
    assert all(f"1 left out: {reason}" in said.replace("\n", " ") for reason in reasons.values() if reason)


def test_the_same_results_are_the_same_objects(out: Path) -> None:
    export(out, "--sr", "--dicom-seg")
    names = {path.name for path in (out / "export").rglob("*.dcm")}
    (out / "export" / "dicom_sr" / "1.2.3.dcm").write_bytes(b"of an earlier export")
    export(out, "--sr", "--dicom-seg")
    assert {path.name for path in (out / "export").rglob("*.dcm")} == names


def test_a_film_without_file_meta_gets_a_segmentation(
    tmp_path: Path, save_results: Callable[..., Path], chest_analysis: Analysis
) -> None:
    out = save_results(tmp_path / "out", [replace(chest_analysis, image="chest.dcm")])
    film = out.parent / "films" / "chest.dcm"
    source = pydicom.dcmread(film)
    bare = tmp_path / "bare.dcm"
    pydicom.dcmwrite(bare, pydicom.Dataset(source), implicit_vr=True, little_endian=True)
    assert bare.read_bytes()[128:132] != b"DICM"
    files = mask_files(replace(chest_analysis, image="bare"), bare, MaskFormat.SEG)
    assert list(files) == ["masks/bare/masks.dcm"]
    place = tmp_path / "masks" / "bare" / "masks.dcm"
    place.parent.mkdir(parents=True)
    place.write_bytes(files["masks/bare/masks.dcm"])
    masks = read_masks(tmp_path, "bare")
    assert (masks["heart"] == chest_analysis.prediction.masks["heart"]).all()
    assert pydicom.dcmread(place).PatientName == "Müller^Änne"


def test_a_header_that_says_nothing_of_the_film_gives_png_masks(tmp_path: Path, chest_analysis: Analysis) -> None:
    dataset = pydicom.Dataset()
    dataset.Modality, dataset.Rows, dataset.Columns = "CR", 300, 400
    pydicom.dcmwrite(tmp_path / "film.dcm", dataset, implicit_vr=True, little_endian=True)
    files = mask_files(chest_analysis, tmp_path / "film.dcm", MaskFormat.SEG)
    assert "masks/chest.png/heart.png" in files


def test_values_that_the_standard_does_not_allow_are_left_out(
    tmp_path: Path, save_results: Callable[..., Path], chest_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pydicom.config.settings, "writing_validation_mode", pydicom.config.IGNORE)
    save_results(tmp_path / "out", [replace(chest_analysis, image="chest.dcm")])
    film = tmp_path / "films" / "chest.dcm"
    dataset = pydicom.dcmread(film)
    dataset.PatientAge, dataset.PatientBirthDate, dataset.PatientSex, dataset.StudyTime = "62", "1948", "W", "noon"
    dataset.save_as(film)
    header = source_of(film)
    assert "PatientAge" not in header
    assert (header.PatientBirthDate or "", header.PatientSex, header.StudyTime or "") == ("", "", "")
    assert (header.PatientName, header.StudyDate) == ("Müller^Änne", "20110401")


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy is not installed (Debian: dicom3tools)")
@pytest.mark.parametrize("kind", ["dicom_sr", "dicom_seg"])
def test_dciodvfy_finds_no_error(exports: Path, kind: str) -> None:
    objects = exported(exports, kind)
    assert len(objects) == (3 if kind == "dicom_sr" else 2)  # the spine phantom has no masks
    for path in objects.values():
        said = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
        complaints = [
            line for line in said.stderr.splitlines() if line.startswith(("Error", "Warning")) and "99RAD" not in line
        ]
        assert complaints == []


def test_what_a_reviewer_signed_stands_beside_the_automatic_number(out: Path) -> None:
    folder = ResultsFolder(out)
    film = folder.open_film("Mueller_chest.dcm", "Ada")
    heart = film.analysis.prediction.masks["heart"].copy()
    heart[185:195, 261:271] = True
    edits = Edits().with_mask("heart", heart)
    review = Review(film.analysis.image, film.sha256, Decision.CORRECTED, "Ada", "", edits)
    write_reviewed_masks(folder, folder.sign(film, review, remeasure(film.analysis, edits).measurements))
    export(out, "--sr", "--dicom-seg")
    groups = groups_in(exported(out, "dicom_sr")["Mueller_chest.dcm"])
    automatic, corrected = groups["cardiothoracic_ratio/mask"].get_measurements()[:2]
    assert (automatic.value, corrected.value) == pytest.approx((121 / 281, 131 / 281), abs=1e-5)
    assert corrected.referenced_coordinates == []
    chosen = [item.value for item in corrected[0].ContentSequence if item.name == codes.DCM.SelectionStatus]
    assert chosen == [codes.DCM.UserChosenValue]
    said = {(each.name.value, each.value.value) for each in groups["film"].get_qualitative_evaluations()}
    assert ("review", "corrected") in said
    assert (read_segmentation(exported(out, "dicom_seg")["Mueller_chest.dcm"])["heart"] == heart).all()
