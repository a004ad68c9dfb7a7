"""Mask files beside the tables."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np

from radcaliper.measurements.types import Analysis, Mask, Status


class MaskFormat(StrEnum):
    """How masks are written."""

    PNG = "png"
    SEG = "seg"
    RLE = "rle"
    NONE = "none"


def write_png(path: Path, image: np.ndarray) -> None:
    """Write an 8-bit PNG under any name, also where the file system's names are not ASCII."""
    encoded, content = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not encoded:
        raise OSError(f"{path}: could not be encoded")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.tobytes())


def run_lengths(mask: Mask) -> list[int]:
    """COCO's uncompressed run lengths: column by column, starting with the count of zeros."""
    flat = np.concatenate([[False], mask.ravel(order="F")])
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    return np.diff(np.concatenate([[0], changes, [mask.size]])).astype(int).tolist()


def _shown(analysis: Analysis) -> Iterator[tuple[str, Mask]]:
    if analysis.segmentation is None:
        return
    absent = {quality.structure for quality in analysis.qualities if quality.status is Status.ABSENT}
    for name, mask in analysis.segmentation.masks.items():
        if name not in absent:
            yield name, mask


def write_masks(analysis: Analysis, out: Path, kind: MaskFormat) -> None:
    """``out/masks/<image>/<structure>.png`` (0/255), ``masks.json`` (COCO run lengths) or nothing; old ones go."""
    folder = out / "masks" / analysis.image
    if folder.is_dir():
        shutil.rmtree(folder)
    if kind is MaskFormat.PNG:
        for name, mask in _shown(analysis):
            write_png(folder / f"{name}.png", mask.astype(np.uint8) * 255)
    elif kind is MaskFormat.RLE and analysis.segmentation is not None:
        folder.mkdir(parents=True)
        size = list(analysis.radiograph.shape)
        coded = {name: {"size": size, "counts": run_lengths(mask)} for name, mask in _shown(analysis)}
        (folder / "masks.json").write_text(json.dumps(coded), encoding="utf-8")
    elif kind is MaskFormat.SEG and analysis.segmentation is not None:
        from radcaliper.pipelines.dicom_seg import write_segmentation

        write_segmentation(analysis.radiograph, dict(_shown(analysis)), folder / "masks.dcm")
