"""NIfTI, NRRD and MetaImage films."""

from __future__ import annotations

from pathlib import Path

import SimpleITK

from radcaliper.measurements.types import PixelSpacing, Radiograph, SpacingSource
from radcaliper.pipelines.reading.errors import NotARadiograph, UnreadableFilm
from radcaliper.pipelines.reading.grey import checked, grey_of
from radcaliper.pipelines.reading.parts import files_of


def read_volume(path: Path) -> Radiograph:
    """A two-dimensional image, or a volume of one slice; rows and columns as the file stores them.

    A spacing of exactly 1 in both directions is what these formats write when they know none: it is none.
    Raises UnreadableFilm or NotARadiograph.
    """
    files_of(path)  # what a header names lies in its own folder, or nothing is read
    try:
        image = SimpleITK.ReadImage(str(path))
    except RuntimeError as error:
        raise UnreadableFilm("not a readable image of its format") from error
    size = image.GetSize()
    if any(side > 1 for side in size[2:]):
        raise NotARadiograph(f"{' x '.join(map(str, size))} voxels: only single radiographs are measured")
    array = SimpleITK.GetArrayFromImage(image)
    samples = (image.GetNumberOfComponentsPerPixel(),) if image.GetNumberOfComponentsPerPixel() > 1 else ()
    pixels = grey_of(array.reshape(size[1], size[0], *samples))
    col_mm, row_mm = image.GetSpacing()[:2]
    known = not (col_mm == row_mm == 1.0) and col_mm > 0 and row_mm > 0
    spacing = PixelSpacing(row_mm, col_mm, SpacingSource.HEADER) if known else None
    return Radiograph(checked(pixels), spacing, source=path.name)
