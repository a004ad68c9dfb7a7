"""NIfTI, NRRD and MetaImage films."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import SimpleITK

from radcaliper.measurements.types import PixelSpacing, Radiograph, SpacingSource
from radcaliper.pipelines.reading.errors import NotARadiograph, UnreadableFilm
from radcaliper.pipelines.reading.grey import checked, grey_of
from radcaliper.pipelines.reading.parts import files_of, is_utf8


@contextmanager
def _by_plain_name(path: Path) -> Iterator[str]:
    """The film by a name that SimpleITK takes: its own, or where that is not UTF-8, one of a link to it."""
    parts = files_of(path)  # what a header names lies in its own folder, or nothing is read
    if is_utf8(path):
        yield str(path)
        return
    with TemporaryDirectory() as folder:
        link = Path(folder, f"film{''.join(path.suffixes[-2:])}")
        link.symlink_to(path.absolute())
        for part in parts[1:]:
            Path(folder, part.name).symlink_to(part.absolute())
        yield str(link)


def read_volume(path: Path) -> Radiograph:
    """A two-dimensional image, or a volume of one slice; rows and columns as the file stores them.

    A spacing of exactly 1 in both directions is what these formats write when they know none: it is none.
    Raises UnreadableFilm or NotARadiograph.
    """
    try:
        with _by_plain_name(path) as name:
            image = SimpleITK.ReadImage(name)
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
