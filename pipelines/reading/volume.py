"""NRRD and MetaImage films."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import SimpleITK
from numpy.typing import NDArray

from radcaliper.pipelines.reading.errors import UnreadableFilm
from radcaliper.pipelines.reading.grey import checked, grey_of
from radcaliper.pipelines.reading.parts import data_file, files_of, header_of, is_utf8
from radcaliper.pipelines.reading.plane import film_plane, stored_film
from radcaliper.pipelines.reading.stored import StoredFilm

_SPACE: Final = re.compile(
    rb"^(space[a-z ]*|spacings|kinds|measurement frame|TransformMatrix|Orientation|Rotation|ElementSpacing|Offset"
    rb"|Position)\s*[:=][^\n]*\n",
    re.MULTILINE | re.IGNORECASE,
)

SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)  # what it warns of is judged here


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


@contextmanager
def _without_space(path: Path) -> Iterator[Path]:
    """A copy of the file whose header says nothing of space, for readers that refuse what it says there."""
    content = path.read_bytes()
    header = header_of(content)
    rest, header = content[len(header) :], _SPACE.sub(b"", header)
    if (named := data_file(header)) is not None:
        place = files_of(path)[1].resolve()
        header = header[: named.start(1)] + os.fsencode(place) + header[named.end(1) :]
    with TemporaryDirectory() as folder:
        copy = Path(folder) / f"film{path.suffix}"
        copy.write_bytes(header + rest)
        yield copy


def _read(name: str) -> tuple[SimpleITK.Image, tuple[int, ...]]:
    """The image, and which two of its axes are a film's columns and rows."""
    reader = SimpleITK.ImageFileReader()
    reader.SetFileName(name)
    reader.ReadImageInformation()
    axes = film_plane(reader.GetSize())
    return reader.Execute(), axes


def _samples(image: SimpleITK.Image, axes: tuple[int, ...]) -> NDArray[Any]:
    array = SimpleITK.GetArrayFromImage(image)
    size = image.GetSize()
    components = image.GetNumberOfComponentsPerPixel()
    return grey_of(array.reshape(size[axes[1]], size[axes[0]], *((components,) if components > 1 else ())))


def _vectors(image: SimpleITK.Image, axes: tuple[int, ...]) -> NDArray[np.float64]:
    """Towards the patient's left, back and head: one pixel along the film's columns, and along its rows, in mm."""
    dimension = image.GetDimension()
    directions = np.array(image.GetDirection()).reshape(dimension, dimension) * np.array(image.GetSpacing())
    vectors = np.zeros((2, 3))
    vectors[:, : min(3, dimension)] = directions[:3, list(axes)].T
    return vectors


def read_volume(path: Path) -> StoredFilm:
    """A two-dimensional image, or a volume with one slice along any axis, with the orientation its header gives.

    A header whose directions are no directions gives none. Raises UnreadableFilm or NotARadiograph.
    """
    try:
        with _by_plain_name(path) as name:
            image, axes = _read(name)
        vectors: NDArray[np.float64] | None = _vectors(image, axes)
    except RuntimeError:
        try:
            with _without_space(path) as copy:
                image, axes = _read(str(copy))
        except (RuntimeError, OSError) as error:
            raise UnreadableFilm("not a readable image of its format") from error
        vectors = None
    return stored_film(checked(_samples(image, axes)), vectors)
