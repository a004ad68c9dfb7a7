"""Mask files beside the tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from radcaliper.measurements.region import Region, regions_of
from radcaliper.measurements.types import Analysis, Mask, Status
from radcaliper.pipelines.protocols.registry import EVERY_PROTOCOL
from radcaliper.pipelines.results.formats import MaskFormat
from radcaliper.pipelines.results.names import mask_folder
from radcaliper.pipelines.results.png import encoded_mask


def decoded_mask(content: bytes) -> Mask:
    """The mask in a PNG."""
    return np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE) > 127)


def run_lengths(mask: Mask) -> list[int]:
    """COCO's uncompressed run lengths: column by column, starting with the count of zeros."""
    flat = cv2.transpose(mask.view(np.uint8)).ravel()
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts_inside = np.zeros(int(flat[0]), np.intp)
    lengths: list[int] = np.diff(np.concatenate([[0], starts_inside, changes, [mask.size]])).tolist()
    return lengths


def shown_regions(analysis: Analysis) -> Iterator[tuple[str, Region]]:
    """Names and regions of the masks of what is there: not of a structure that is absent."""
    if analysis.prediction is None:
        return
    absent = {quality.structure for quality in analysis.qualities if quality.status is Status.ABSENT}
    for name, region in regions_of(analysis.prediction.masks).items():
        if name not in absent:
            yield name, region


def _run_length_file(analysis: Analysis) -> bytes:
    size = list(analysis.radiograph.shape)
    coded = {name: {"size": size, "counts": run_lengths(each.mask)} for name, each in shown_regions(analysis)}
    return json.dumps(coded).encode()


def _segmentation_file(analysis: Analysis, film: Path) -> bytes | None:
    """The masks as a DICOM SEG; None for a film that none can refer to."""
    from radcaliper.pipelines.results.dicom_seg import encoded_segmentation
    from radcaliper.pipelines.results.dicom_source import NotEncodable, source_of

    structures = EVERY_PROTOCOL[analysis.protocol].structures
    try:
        masks = {name: region.mask for name, region in shown_regions(analysis)}
        return encoded_segmentation(masks, structures, source_of(film))
    except NotEncodable:
        return None


def mask_files(analysis: Analysis, film: Path, kind: MaskFormat) -> dict[str, bytes]:
    """The content of a film's mask files, by their place below the results folder; a refused film has none.

    ``masks/<image>/<structure>.png`` (0/255), ``masks.json`` (COCO run lengths), or ``masks.dcm`` (DICOM SEG; a film
    that is no DICOM, or lacks what a SEG refers to, gets PNG).
    """
    folder = mask_folder(analysis.image)
    if analysis.prediction is None or kind is MaskFormat.NONE:
        return {}
    if kind is MaskFormat.RLE:
        return {f"{folder}/masks.json": _run_length_file(analysis)}
    if kind is MaskFormat.SEG and (content := _segmentation_file(analysis, film)) is not None:
        return {f"{folder}/masks.dcm": content}
    return {f"{folder}/{name}.png": encoded_mask(region) for name, region in shown_regions(analysis)}


def _from_run_lengths(coded: dict[str, Any]) -> Mask:
    """The mask that ``run_lengths`` was taken of."""
    counts = coded["counts"]
    flat = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    return np.ascontiguousarray(flat.reshape(coded["size"], order="F"))


def read_masks(out: Path, image: str) -> dict[str, Mask]:
    """The masks in the files of ``mask_files`` that lie in a results folder, by structure; none where none do."""
    folder = out / mask_folder(image)
    if (folder / "masks.json").is_file():
        coded = json.loads((folder / "masks.json").read_text(encoding="utf-8"))
        return {name: _from_run_lengths(each) for name, each in coded.items()}
    if (folder / "masks.dcm").is_file():
        from radcaliper.pipelines.results.dicom_seg import read_segmentation

        return read_segmentation(folder / "masks.dcm")
    return {path.stem: decoded_mask(path.read_bytes()) for path in sorted(folder.glob("*.png")) if path.is_file()}
