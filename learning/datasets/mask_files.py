"""Read the masks of a film, whatever they are stored as: pictures, NIfTI, NRRD, MetaImage, label maps, DICOM SEG."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import pandas as pd
import SimpleITK
from numpy.typing import NDArray

from radcaliper.measurements.own import is_structure_name
from radcaliper.measurements.types import Mask

PICTURES: Final = (".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg")
VOLUMES: Final = (".nii", ".nii.gz", ".nrrd", ".mha", ".mhd")
SEGMENTATIONS: Final = (".dcm",)
LABELS: Final = "labels.csv"
"""Says what the values of label maps stand for: columns ``value`` and ``structure``."""


class BadMask(ValueError):
    """A mask that cannot be used; the message is one line."""


def stem_of(path: Path) -> str:
    """A file's name without its extension, of ``.nii.gz`` too."""
    return path.name[:-7] if path.name.lower().endswith(".nii.gz") else path.stem


def has_extension(path: Path, extensions: tuple[str, ...]) -> bool:
    """Whether a file's name ends as one of these."""
    return path.name.lower().endswith(extensions)


def structure_name(words: str) -> str:
    """The name in files of a structure that other programs call by words, as ``Aortic knob``."""
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    if not is_structure_name(name):
        raise BadMask(f"{words!r} is no name of a structure: begin with a letter")
    return name


def read_labels(data: Path) -> dict[int, str]:
    """What the values of label maps stand for, by DATA/labels.csv; empty without that file. Raises BadMask."""
    path = data / LABELS
    if not path.is_file():
        return {}
    try:
        table = pd.read_csv(path)
        return {int(row.value): structure_name(str(row.structure)) for row in table.itertuples()}
    except (ValueError, AttributeError, OSError) as error:
        raise BadMask(f"{path}: expected columns value, structure ({error})") from error


def _picture(path: Path) -> NDArray[Any]:
    content = np.fromfile(path, np.uint8)
    try:
        image = cv2.imdecode(content, cv2.IMREAD_UNCHANGED) if content.size else None
    except cv2.error as error:
        raise BadMask(f"{path} is not a readable picture") from error
    if image is None:
        raise BadMask(f"{path} is not a readable picture")
    if image.ndim == 3:
        image = image[..., :3].max(axis=2)
    return np.asarray(image)


def _volume(path: Path) -> NDArray[Any]:
    try:
        array = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
    except RuntimeError as error:
        raise BadMask(f"{path} is not a readable image of its format") from error
    return np.asarray(array)


def _plane(array: NDArray[Any], path: Path) -> NDArray[Any]:
    plane = np.squeeze(array)
    if plane.ndim != 2:
        raise BadMask(f"{path} has {' x '.join(map(str, array.shape))} pixels: a mask of one film has two dimensions")
    return plane


def _values(path: Path) -> NDArray[Any]:
    """The (H, W) values of a file, rows running down as stored."""
    return _plane(_volume(path) if has_extension(path, VOLUMES) else _picture(path), path)


def read_mask(path: Path) -> Mask:
    """The (H, W) mask of one structure: what is brighter than half of the brightest. Raises BadMask."""
    values = _values(path)
    return np.asarray(values > values.max() / 2) if values.max() > 0 else np.zeros(values.shape, bool)


def read_label_map(path: Path, labels: Mapping[int, str]) -> dict[str, Mask]:
    """The masks by structure of a label map, or of a DICOM SEG by its segments' labels. Raises BadMask."""
    if has_extension(path, SEGMENTATIONS):
        return _segmentation(path)
    if not labels:
        raise BadMask(f"{path} is a label map, and {LABELS} does not say what its values stand for")
    values = _values(path)
    return {name: np.asarray(values == value) for value, name in labels.items() if (values == value).any()}


def _segmentation(path: Path) -> dict[str, Mask]:
    if find_spec("highdicom") is None:
        raise BadMask(f'{path}: DICOM SEG needs highdicom: pip install "radcaliper[dicom]"')
    from radcaliper.pipelines.results.dicom_seg import read_segmentation

    try:
        return {structure_name(label): mask for label, mask in read_segmentation(path).items()}
    except (AttributeError, KeyError, ValueError, OSError) as error:
        raise BadMask(f"{path} is not a readable DICOM SEG of one film") from error
