"""Objects that are stored in a real archive, Orthanc, by dcmtk's storescu, and fetched from it: over loopback alone."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import highdicom
import pydicom
import pytest
from typer.testing import CliRunner

from radcaliper.measurements.types import Analysis
from radcaliper.pipelines.cli import app

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # highdicom's, of its own reading
    pytest.mark.skipif(
        shutil.which("Orthanc") is None or shutil.which("storescu") is None,
        reason="Orthanc and storescu are not installed (Debian: orthanc, dcmtk)",
    ),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def orthanc(folder: Path) -> Iterator[tuple[int, int]]:
    """The DICOM port and the HTTP port of an archive of its own."""
    folder.mkdir()
    dicom, http = free_port(), free_port()
    settings = {
        "StorageDirectory": "archive",
        "IndexDirectory": "archive",
        "DicomPort": dicom,
        "HttpPort": http,
        "DicomAet": "ORTHANC",
        "AuthenticationEnabled": False,
        "RemoteAccessAllowed": False,
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(["Orthanc", "orthanc.json"], cwd=folder, **quiet) as process:
        try:
            for _ in range(300):
                asked = ["echoscu", "-aec", "ORTHANC", "127.0.0.1", str(dicom)]
                if subprocess.run(asked, check=False, **quiet).returncode == 0:
                    break
                time.sleep(0.2)
            yield dicom, http
        finally:
            process.terminate()


def asked(http: int, path: str) -> bytes:
    with urlopen(f"http://127.0.0.1:{http}/{path}") as answer:
        return bytes(answer.read())


def from_archive(http: int) -> dict[str, bytes]:
    """The files of all instances, by SOP Instance UID."""
    found: dict[str, bytes] = {}
    for instance in json.loads(asked(http, "instances")):
        content = asked(http, f"instances/{instance}/file")
        found[str(pydicom.dcmread(BytesIO(content)).SOPInstanceUID)] = content
    return found


def without_meta(content: bytes) -> dict[str, Any]:
    return dict(pydicom.dcmread(BytesIO(content)).to_json_dict())


def test_objects_come_back_from_an_archive_as_they_were(
    tmp_path: Path, save_results: Callable[..., Path], chest_analysis: Analysis, hip_analysis: Analysis
) -> None:
    films = [replace(chest_analysis, image="chest.dcm"), replace(hip_analysis, image="hip.dcm")]
    out = save_results(tmp_path / "out", films)
    assert CliRunner().invoke(app, ["export", str(out), "--sr", "--dicom-seg"]).exit_code == 0
    written = {path.stem: path.read_bytes() for path in (out / "export").rglob("*.dcm")}
    with orthanc(tmp_path / "orthanc") as (dicom, http):
        send = ["storescu", "-R", "-aec", "ORTHANC", "127.0.0.1", str(dicom), "+sd", "+r"]
        folders = (out / "export" / "dicom_sr", out / "export" / "dicom_seg", tmp_path / "films")
        subprocess.run([*send, *map(str, folders)], check=True)
        fetched = from_archive(http)
        studies = json.loads(asked(http, "studies"))
    assert len(written) == 4
    assert len(studies) == 2  # each film with its report and its masks
    for uid, content in written.items():
        assert without_meta(fetched[uid]) == without_meta(content)
    reports = [uid for uid in written if pydicom.dcmread(BytesIO(fetched[uid])).Modality == "SR"]
    assert len(reports) == 2
    for uid in reports:
        (tmp_path / "report.dcm").write_bytes(fetched[uid])
        content = highdicom.sr.srread(tmp_path / "report.dcm").content
        groups = {group.tracking_identifier: group for group in content.get_image_measurement_groups()}
        analysis = chest_analysis if "cardiothoracic_ratio/mask" in groups else hip_analysis
        for measurement in analysis.measurements:
            if measurement.value is not None:
                group = groups["/".join(filter(None, measurement.key))]
                assert group.get_measurements()[0].value == pytest.approx(measurement.value, abs=1e-5)
