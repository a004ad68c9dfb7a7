"""A film that lies the same way round under no turn, and the means to save it as DICOM."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import config
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian

DX = "1.2.840.10008.5.1.4.1.1.1.1"


def _film() -> np.ndarray:
    rows, cols = np.indices((400, 500))
    return (600 + 2 * rows + 4 * cols + 250 * np.sin(rows / 31) * np.cos(cols / 47)).astype(np.uint16)


@pytest.fixture(scope="session")
def film() -> np.ndarray:
    """(400, 500) values of 12 bits, brighter to the right and below, without an even border."""
    return _film()


def _dataset(pixels: np.ndarray, tags: dict[str, object]) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = DX, "1.2.3"
    dataset.Modality, dataset.PhotometricInterpretation = "DX", "MONOCHROME2"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel, dataset.PixelRepresentation = 1, int(pixels.dtype.kind == "i")
    bits = 8 * pixels.dtype.itemsize
    stored = 12 if bits == 16 else bits
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = bits, stored, stored - 1
    dataset.add_new("PixelData", "OW" if bits > 8 else "OB", pixels.tobytes())
    for keyword, value in tags.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


@pytest.fixture
def save_dicom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """``save_dicom(pixels, syntax=..., frame=..., **tags)``: a DX film as film.dcm; a tag that is None is left out.

    ``frame`` holds a compressed frame in place of the pixels.
    """

    monkeypatch.setattr(config.settings, "writing_validation_mode", config.IGNORE)
    monkeypatch.setattr(config.settings, "reading_validation_mode", config.IGNORE)  # what tests put in is validated so

    def save(
        pixels: np.ndarray | None = None,
        syntax: UID = ExplicitVRLittleEndian,
        frame: bytes | None = None,
        **tags: object,
    ) -> Path:
        dataset = _dataset(_film() if pixels is None else pixels, tags)
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.file_meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID", DX)
        dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
        if frame is not None:
            dataset.PixelData = encapsulate([frame])
            dataset["PixelData"].is_undefined_length = True
        path = tmp_path / "film.dcm"
        dataset.save_as(path, enforce_file_format=True)
        return path

    return save
