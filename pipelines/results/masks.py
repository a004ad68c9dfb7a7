"""Mask files beside the tables."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Analysis, Mask, Status
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.pipelines.reading import is_dicom


class MaskFormat(StrEnum):
    """How masks are written."""

    PNG = "png"
    SEG = "seg"
    RLE = "rle"
    NONE = "none"


_QUICK: Final = (cv2.IMWRITE_PNG_COMPRESSION, 1)
_FLAT: Final = (
    cv2.IMWRITE_PNG_STRATEGY,
    cv2.IMWRITE_PNG_STRATEGY_RLE,
    cv2.IMWRITE_PNG_FILTER,
    cv2.IMWRITE_PNG_FILTER_NONE,
)
"""Masks are long runs of one value: so written, they take a fifth of the time and a third of the space."""


def write_png(path: Path, image: NDArray[np.uint8], settings: tuple[int, ...] = ()) -> None:
    """Write an 8-bit PNG under any name, also where the file system's names are not ASCII."""
    encoded, content = cv2.imencode(".png", image, (*_QUICK, *settings))
    if not encoded:
        raise OSError(f"{path}: could not be encoded")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.tobytes())


def run_lengths(mask: Mask) -> list[int]:
    """COCO's uncompressed run lengths: column by column, starting with the count of zeros."""
    flat = np.concatenate([[False], mask.ravel(order="F")])
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    return [int(length) for length in np.diff(np.concatenate([[0], changes, [mask.size]]))]


def shown_masks(analysis: Analysis) -> Iterator[tuple[str, Mask]]:
    """Names and masks of what is there: not of a structure that is absent."""
    if analysis.prediction is None:
        return
    absent = {quality.structure for quality in analysis.qualities if quality.status is Status.ABSENT}
    for name, mask in analysis.prediction.masks.items():
        if name not in absent:
            yield name, mask


def _write_run_lengths(analysis: Analysis, folder: Path) -> None:
    size = list(analysis.radiograph.shape)
    coded = {name: {"size": size, "counts": run_lengths(mask)} for name, mask in shown_masks(analysis)}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "masks.json").write_text(json.dumps(coded), encoding="utf-8")


def write_masks(analysis: Analysis, film: Path, out: Path, kind: MaskFormat) -> None:
    """Write a film's masks below ``out/masks/<image>`` in place of what was there; a refused film has none.

    ``<structure>.png`` (0/255), ``masks.json`` (COCO run lengths), or ``masks.dcm`` (DICOM SEG; a film that is no DICOM
    has nothing that a SEG could refer to, and gets PNG).
    """
    folder = out / "masks" / analysis.image
    if folder.is_dir():
        shutil.rmtree(folder)
    if analysis.prediction is None or kind is MaskFormat.NONE:
        return
    if kind is MaskFormat.RLE:
        _write_run_lengths(analysis, folder)
    elif kind is MaskFormat.SEG and is_dicom(film):
        from radcaliper.pipelines.results.dicom_seg import write_segmentation

        structures = PROTOCOLS[analysis.protocol].structures
        write_segmentation(dict(shown_masks(analysis)), structures, film, folder / "masks.dcm")
    else:
        for name, mask in shown_masks(analysis):
            write_png(folder / f"{name}.png", mask.astype(np.uint8) * 255, _FLAT)


def _from_run_lengths(coded: dict[str, Any]) -> Mask:
    """The mask that ``run_lengths`` was taken of."""
    counts = coded["counts"]
    flat = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    return np.ascontiguousarray(flat.reshape(coded["size"], order="F"))


def read_masks(out: Path, image: str) -> dict[str, Mask]:
    """The masks that ``write_masks`` wrote for a film, by structure; none where none were written."""
    folder = out / "masks" / image
    if (folder / "masks.json").is_file():
        coded = json.loads((folder / "masks.json").read_text(encoding="utf-8"))
        return {name: _from_run_lengths(each) for name, each in coded.items()}
    if (folder / "masks.dcm").is_file():
        from radcaliper.pipelines.results.dicom_seg import read_segmentation

        return read_segmentation(folder / "masks.dcm")
    return {
        path.stem: np.asarray(cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE) > 127)
        for path in sorted(folder.glob("*.png"))
        if path.is_file()
    }
