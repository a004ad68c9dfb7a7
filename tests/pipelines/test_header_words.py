"""Nothing of a patient's header reaches tables, report, run.json or what is said."""

from __future__ import annotations

from pathlib import Path

import pydicom
from pydicom.uid import UID
from typer.testing import CliRunner

from radcaliper.pipelines.cli import app
from radcaliper.pipelines.reading import read_radiograph

SECRETS = ("SECRET^PATIENT", "SECRETVIEW", "SECRETID", "SECRETUID")


def film(path: Path, chest_dicom: Path, **values: object) -> Path:
    """A real film with a patient's words wherever a header has room for them."""
    dataset = pydicom.dcmread(chest_dicom)
    dataset.PatientName, dataset.PatientID = "SECRET^PATIENT", "SECRETID"
    dataset.StudyDescription, dataset.ImageComments = "SECRETID", "SECRET^PATIENT"
    for keyword, value in values.items():
        with pydicom.config.disable_value_validation():
            setattr(dataset, keyword, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path)
    return path


def test_no_word_of_a_header_is_written_or_said(tmp_path: Path, chest_dicom: Path) -> None:
    films, out = tmp_path / "films", tmp_path / "out"
    film(films / "view.dcm", chest_dicom, ViewPosition="SECRETVIEW")
    film(films / "window.dcm", chest_dicom, PhotometricInterpretation="SECRETVIEW")
    film(films / "bits.dcm", chest_dicom, BitsAllocated=9)
    film(films / "frames.dcm", chest_dicom, NumberOfFrames=0)
    cut = film(films / "cut.dcm", chest_dicom)
    cut.write_bytes(cut.read_bytes()[:100_000])
    other = film(films / "syntax.dcm", chest_dicom)
    other.write_bytes(other.read_bytes().replace(b"1.2.840.10008.1.2.1\0", b"SECRETUID.123456789."))
    done = CliRunner().invoke(
        app, ["measure", str(films), "-o", str(out), "--protocol", "chest", "--log", str(tmp_path / "log"), "--verbose"]
    )
    assert done.exit_code == 1
    kept = b"".join(path.read_bytes() for path in [*out.rglob("*"), tmp_path / "log"] if path.is_file())
    for secret in SECRETS:
        assert secret not in done.stderr
        assert secret.encode() not in kept


def test_an_unknown_transfer_syntax_is_told_by_the_content(tmp_path: Path, chest_dicom: Path) -> None:
    dataset = pydicom.dcmread(chest_dicom)
    dataset.file_meta.TransferSyntaxUID = UID("1.2.3.4.5.6.7")
    path = tmp_path / "a.dcm"
    dataset.save_as(path, implicit_vr=False, little_endian=True, enforce_file_format=False)
    assert (read_radiograph(path).pixels == read_radiograph(chest_dicom).pixels).all()
