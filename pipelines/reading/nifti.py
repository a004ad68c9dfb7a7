"""NIfTI films, gzipped or not, whatever their name."""

from __future__ import annotations

import gzip
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import nibabel
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError
from nibabel.wrapstruct import WrapStructError
from numpy.typing import NDArray

from radcaliper.pipelines.reading.errors import NotARadiograph, UnreadableFilm
from radcaliper.pipelines.reading.grey import checked, grey_of
from radcaliper.pipelines.reading.plane import film_plane, stored_film
from radcaliper.pipelines.reading.stored import StoredFilm

_TO_LPH: Final = np.diag([-1.0, -1.0, 1.0])
"""NIfTI's axes lead to the patient's right, front and head; DICOM's to left, back and head."""
_MM: Final = {"meter": 1000.0, "micron": 0.001}
_HEADER: Final = 4096
_DAMAGED: Final = (
    EOFError,
    OSError,
    zlib.error,
    ImageFileError,
    HeaderDataError,
    WrapStructError,
    KeyError,
    ValueError,
    TypeError,
)


def _header(content: bytes) -> tuple[Any, type[Any]]:
    """The header, and the class of image that it belongs to."""
    kind = nibabel.Nifti2Image if content[4:8] == b"n+2\0" else nibabel.Nifti1Image
    return kind.header_class.from_fileobj(BytesIO(content), check=False), kind


def _image(path: Path) -> tuple[Any, tuple[int, int]]:
    """The image, and which of its axes are the film's columns and rows; no more is unpacked than it says to hold."""
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        with gzip.open(plain) if packed else plain as file:
            start = file.read(_HEADER)
            header, kind = _header(start)
            axes = film_plane(header.get_data_shape())
            size = int(header["vox_offset"]) + header.get_data_dtype().itemsize * int(np.prod(header.get_data_shape()))
            return kind.from_bytes(start + file.read(max(0, size - len(start)))), axes


def _vectors(header: Any, axes: tuple[int, int]) -> NDArray[np.float64]:
    """One pixel along the film's columns, and along its rows, in mm.

    By the sform, else the qform, whichever places the film in space; else by the size of the pixels alone.
    """
    unit = _MM.get(header.get_xyzt_units()[0], 1.0)
    affines = [header.get_sform()] if int(header["sform_code"]) > 0 else []
    if int(header["qform_code"]) > 0:
        affines.append(header.get_qform())
    for affine in affines:
        steps = (_TO_LPH @ affine[:3, :3])[:, [axis for axis in axes if axis < 3]].T
        if steps.shape == (2, 3) and np.isfinite(steps).all() and np.abs(steps).max(axis=1).all():
            return np.asarray(unit * steps, dtype=np.float64)
    col, row = (abs(float(header.get_zooms()[axis])) for axis in axes)
    return np.array([[unit * col, 0, 0], [0, unit * row, 0]])


def _samples(image: Any, axes: tuple[int, int]) -> NDArray[Any]:
    """The film's pixels, rows first."""
    array = np.asarray(image.dataobj)
    colours = () if array.dtype.names is None else (len(array.dtype.names),)
    if array.dtype.names is not None:
        array = np.stack([array[name] for name in array.dtype.names], axis=-1)
    width, height = (image.shape[axis] for axis in axes)
    return grey_of(array.reshape(width, height, *colours).swapaxes(0, 1))


def read_nifti(path: Path) -> StoredFilm:
    """A two-dimensional image, or a volume with one slice along any axis, with the orientation its header gives.

    Forms that are zero or not numbers are passed over, sheared ones are taken by the nearest axes; without a form, the
    film is as stored. Raises UnreadableFilm or NotARadiograph.
    """
    try:
        image, axes = _image(path)
        samples, vectors = _samples(image, axes), _vectors(image.header, axes)
    except (UnreadableFilm, NotARadiograph):
        raise
    except _DAMAGED as error:
        raise UnreadableFilm("not a readable NIfTI image") from error
    return stored_film(checked(samples), vectors)
