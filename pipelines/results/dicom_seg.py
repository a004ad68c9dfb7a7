"""Masks as one DICOM Segmentation object that refers to its film."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Final

import highdicom
import numpy as np
import pydicom
from highdicom.color import CIELabColor
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from radcaliper.measurements.own import own_structure
from radcaliper.measurements.specs import StructureSpec
from radcaliper.measurements.types import Mask, Masks
from radcaliper.pipelines.results.dicom_codes import SIDES, algorithm, concept
from radcaliper.pipelines.results.dicom_source import UTF_8, NotEncodable, encoding, uid_of

_SERIES_NUMBER: Final = 9001


def _segment(number: int, name: str, spec: StructureSpec) -> highdicom.seg.SegmentDescription:
    category = codes.SCT.PhysicalObject if spec.may_be_absent else codes.SCT.AnatomicalStructure
    segment = highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=name,
        segmented_property_category=category,
        segmented_property_type=concept(spec.code),
        algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=algorithm(),
        display_color=CIELabColor.from_rgb(*spec.colour),
    )
    if spec.laterality:
        side = highdicom.sr.CodedConcept.from_code(SIDES[spec.laterality])
        segment.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [side]
    return segment


def _spec(name: str, structures: Sequence[StructureSpec]) -> StructureSpec:
    """The entry of a structure; one of the user's own has none among them."""
    found = next((spec for spec in structures if spec.matches(name)), None)
    return own_structure(name, "") if found is None else found


def _segments(names: Iterable[str], structures: Sequence[StructureSpec]) -> list[highdicom.seg.SegmentDescription]:
    specs = {name: _spec(name, structures) for name in names}
    return [_segment(number, name, spec) for number, (name, spec) in enumerate(specs.items(), start=1)]


def _object(source: Dataset, seen: Masks, structures: Sequence[StructureSpec]) -> highdicom.seg.Segmentation:
    digest = hashlib.sha256(np.packbits(np.stack(list(seen.values()))).tobytes()).hexdigest()
    segmentation = highdicom.seg.Segmentation(
        source_images=[source],
        pixel_array=np.stack(list(seen.values()), axis=-1)[None],
        segmentation_type=highdicom.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=_segments(seen, structures),
        series_instance_uid=uid_of("seg", source.SeriesInstanceUID),
        series_number=_SERIES_NUMBER,
        sop_instance_uid=uid_of("seg", source.SOPInstanceUID, version("radcaliper"), list(seen), digest),
        instance_number=1,
        manufacturer="radcaliper",
        manufacturer_model_name="radcaliper",
        software_versions=version("radcaliper"),
        device_serial_number="0",
        series_description="radcaliper: structures",
        specific_character_set=UTF_8,
    )
    segmentation.PatientOrientation = source.PatientOrientation
    _drop_spacing_of_nothing(segmentation)
    return segmentation


def _drop_spacing_of_nothing(segmentation: Dataset) -> None:
    """Without a pixel spacing of 0, which some films give, and which is none."""
    for groups in segmentation.SharedFunctionalGroupsSequence:
        for measures in groups.get("PixelMeasuresSequence", ()):
            if min(measures.get("PixelSpacing") or (1,)) <= 0:
                del groups.PixelMeasuresSequence
                break


def encoded_segmentation(masks: Masks, structures: Sequence[StructureSpec], source: Dataset) -> bytes:
    """The masks that are not empty as a binary SEG, coded as ``structures`` say, of a film by its ``source_of``.

    Raises NotEncodable.
    """
    seen = {name: mask for name, mask in masks.items() if mask.any()}
    if not seen:
        raise NotEncodable("no structure was found on the film")
    with encoding():
        segmentation = _object(source, seen, structures)
        content = BytesIO()
        segmentation.save_as(content)
    return content.getvalue()


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
