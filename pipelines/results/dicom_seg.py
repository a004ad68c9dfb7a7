"""Masks as one DICOM Segmentation object that refers to its film."""

from __future__ import annotations

import warnings
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import highdicom
import numpy as np
import pydicom
from pydicom.sr.codedict import codes

from radcaliper.measurements.types import Mask, Masks


def _segments(names: list[str]) -> list[highdicom.seg.SegmentDescription]:
    family = highdicom.AlgorithmIdentificationSequence(
        name="radcaliper", version=version("radcaliper"), family=codes.DCM.ArtificialIntelligence
    )
    return [
        highdicom.seg.SegmentDescription(
            segment_number=number,
            segment_label=name,
            segmented_property_category=codes.SCT.AnatomicalStructure,
            segmented_property_type=highdicom.sr.CodedConcept(name, "99RADCALIPER", name.replace("_", " ")),
            algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
            algorithm_identification=family,
        )
        for number, name in enumerate(names, start=1)
    ]


def encoded_segmentation(masks: Masks, film: Path) -> bytes:
    """The masks that are not empty as a binary SEG of the DICOM file ``film``.

    Raises AttributeError or ValueError where the film lacks what a SEG must refer to.
    """
    source = pydicom.dcmread(film)
    seen = {name: mask for name, mask in masks.items() if mask.any()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the film's own oddities, as names without a comma
        segmentation = _object(source, seen)
    content = BytesIO()
    segmentation.save_as(content)
    return content.getvalue()


def _object(source: pydicom.Dataset, seen: Masks) -> highdicom.seg.Segmentation:
    return highdicom.seg.Segmentation(
        source_images=[source],
        pixel_array=np.stack(list(seen.values()), axis=-1)[None],
        segmentation_type=highdicom.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=_segments(list(seen)),
        series_instance_uid=highdicom.UID(),
        series_number=100,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer="radcaliper",
        manufacturer_model_name="radcaliper",
        software_versions=version("radcaliper"),
        device_serial_number="0",
    )


def read_segmentation(path: Path) -> dict[str, Mask]:
    """The masks of a SEG of ``encoded_segmentation``, by name: one frame a segment."""
    dataset = pydicom.dcmread(path)
    names = {segment.SegmentNumber: str(segment.SegmentLabel) for segment in dataset.SegmentSequence}
    frames = dataset.pixel_array.reshape(-1, dataset.Rows, dataset.Columns) > 0
    numbers = [
        groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        for groups in dataset.PerFrameFunctionalGroupsSequence
    ]
    return {names[number]: frame for number, frame in zip(numbers, frames, strict=True)}
