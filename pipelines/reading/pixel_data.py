"""The stored values of a DICOM film, also where its header is incomplete or wrong about them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels import pixel_array
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless
from skimage.segmentation import clear_border

from radcaliper.pipelines.reading.codestream import decode_frame, frame_samples, frame_size, transfer_syntax_of
from radcaliper.pipelines.reading.errors import UnreadableFilm
from radcaliper.pipelines.reading.header import MALFORMED, number, text, value, whole_number
from radcaliper.pipelines.reading.limits import check_size

_ITEM: Final = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
"""The tag that each fragment of compressed pixel data begins with."""
_OVERLAYS: Final = range(0x6000, 0x6020, 2)
FLOATS: Final = ("FloatPixelData", "DoubleFloatPixelData")


def _is_encapsulated(dataset: Dataset) -> bool:
    data = value(dataset, "PixelData")
    return isinstance(data, bytes) and data.startswith(_ITEM)


def _frame(dataset: Dataset) -> bytes:
    """The first compressed frame; empty where it cannot be found."""
    try:
        return next(generate_frames(dataset.PixelData, number_of_frames=1))
    except (*MALFORMED, StopIteration):
        return b""


def _syntax_of_content(dataset: Dataset) -> UID:
    """The transfer syntax that the dataset and its pixel data are written in, by their content."""
    if _is_encapsulated(dataset):
        return transfer_syntax_of(_frame(dataset)) or RLELossless
    implicit, little = dataset.original_encoding
    if little is False:
        return ExplicitVRBigEndian
    return ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian


def _bits(dataset: Dataset, samples: int) -> int:
    """Bits for each sample as the length of uncompressed pixel data says, else 16."""
    pixels = int(dataset.Rows) * int(dataset.Columns) * samples
    data = value(dataset, "PixelData")
    known = isinstance(data, bytes) and not _is_encapsulated(dataset) and pixels > 0
    return 8 * max(1, min(4, len(data) // pixels)) if known and data is not None else 16


def _size(dataset: Dataset) -> tuple[int, int]:
    """(rows, columns), by the compressed frame where the header does not say them."""
    rows, cols = whole_number(dataset, "Rows") or 0, whole_number(dataset, "Columns") or 0
    if (rows <= 0 or cols <= 0) and _is_encapsulated(dataset):
        rows, cols = frame_size(_frame(dataset)) or (0, 0)
    if rows <= 0 or cols <= 0:
        raise UnreadableFilm("DICOM without the number of its rows or columns")
    return rows, cols


def complete(dataset: Dataset) -> None:
    """Put what the image module must say and this file does not into ``dataset``, by its content or the usual value."""
    from pydicom.dataset import FileMetaDataset

    dataset.Rows, dataset.Columns = _size(dataset)
    samples = whole_number(dataset, "SamplesPerPixel") or 1
    dataset.SamplesPerPixel = samples
    if not text(dataset, "PhotometricInterpretation"):
        dataset.PhotometricInterpretation = "MONOCHROME2" if samples == 1 else "RGB"
    if samples > 1 and whole_number(dataset, "PlanarConfiguration") is None:
        dataset.PlanarConfiguration = 0
    allocated = whole_number(dataset, "BitsAllocated") or _bits(dataset, samples)
    stored = whole_number(dataset, "BitsStored") or allocated
    dataset.BitsAllocated, dataset.BitsStored = allocated, min(stored, allocated)
    if not 0 < (whole_number(dataset, "HighBit") or 0) < allocated:
        dataset.HighBit = dataset.BitsStored - 1
    if whole_number(dataset, "PixelRepresentation") not in (0, 1):
        dataset.PixelRepresentation = 0
    if whole_number(dataset, "NumberOfFrames") != 1 and "NumberOfFrames" in dataset:
        dataset.NumberOfFrames = 1
    if getattr(dataset, "file_meta", None) is None:
        dataset.file_meta = FileMetaDataset()
    syntax = value(dataset.file_meta, "TransferSyntaxUID")
    if syntax is None or not syntax.is_transfer_syntax or syntax.is_encapsulated != _is_encapsulated(dataset):
        dataset.file_meta.TransferSyntaxUID = _syntax_of_content(dataset)


def _cause(dataset: Dataset) -> str:
    """Why pixel data cannot be decoded, without a value of the header."""
    if _is_encapsulated(dataset):
        return f"pixel data ({dataset.file_meta.TransferSyntaxUID.name}) cannot be decoded"
    expected = int(dataset.Rows) * int(dataset.Columns) * int(dataset.SamplesPerPixel) * int(dataset.BitsAllocated) // 8
    if len(value(dataset, "PixelData") or b"") < expected:
        return "pixel data are cut short"
    return "pixel data cannot be decoded"


def _by_frame(dataset: Dataset) -> NDArray[Any]:
    """The first frame as its own codestream says, whatever the header says of it."""
    try:
        decoded = decode_frame(_frame(dataset))
    except ValueError as error:
        raise UnreadableFilm(_cause(dataset)) from error
    if decoded.shape[:2] != (dataset.Rows, dataset.Columns):
        raise UnreadableFilm("pixel data have another size than the header says")
    return decoded


def _has_overlay_in_pixels(dataset: Dataset) -> bool:
    """Whether the bits above the film's hold an overlay, as of old."""
    return any((group, 0x0102) in dataset and (group, 0x3000) not in dataset for group in _OVERLAYS)


def _film_bits(decoded: NDArray[np.integer[Any]], dataset: Dataset) -> NDArray[Any]:
    """Decoded integers as the bits that the header calls the film's, signed where it says so.

    Values that do not fit these bits are left: then the header is wrong about them, unless it names an overlay there.
    """
    bits, high = int(dataset.BitsStored), int(dataset.HighBit)
    if not _is_encapsulated(dataset) and high >= bits:
        decoded = decoded >> (high + 1 - bits)
    if _has_overlay_in_pixels(dataset):
        decoded = decoded & decoded.dtype.type((1 << bits) - 1)
    if dataset.PixelRepresentation == 1 and decoded.min() >= 0 and decoded.max() < 1 << bits:
        signed = decoded.astype(np.int64)
        return np.where(signed >= 1 << (bits - 1), signed - (1 << bits), signed)
    return decoded


def _contradicts_frame(dataset: Dataset) -> bool:
    """Whether a compressed frame has another size, or other samples, than the header says."""
    if not _is_encapsulated(dataset):
        return False
    frame, size = _frame(dataset), (dataset.Rows, dataset.Columns)
    return frame_size(frame) not in (None, size) or frame_samples(frame) not in (None, dataset.SamplesPerPixel)


def _decoded(dataset: Dataset) -> NDArray[Any]:
    """The pixel data with all their bits; by the frame's own account where the header's does not fit."""
    bits = dataset.BitsStored, dataset.HighBit
    if not _is_encapsulated(dataset):
        dataset.BitsStored, dataset.HighBit = dataset.BitsAllocated, dataset.BitsAllocated - 1
    try:
        if _contradicts_frame(dataset):  # some decoders end the program over it
            return _by_frame(dataset)
        return pixel_array(dataset)
    except Exception as error:  # decoders raise errors of every kind
        if not _is_encapsulated(dataset):
            raise UnreadableFilm(_cause(dataset)) from error
        return _by_frame(dataset)
    finally:
        dataset.BitsStored, dataset.HighBit = bits


def stored_values(dataset: Dataset) -> NDArray[Any]:
    """The film's (H, W) or (H, W, 3) stored values; ``complete`` was called before. Raises UnreadableFilm."""
    check_size(dataset.Rows, dataset.Columns)
    if _is_encapsulated(dataset):
        check_size(*(frame_size(_frame(dataset)) or (dataset.Rows, dataset.Columns)))
    decoded = _decoded(dataset)
    if decoded.ndim > 2 and decoded.shape[:2] != (dataset.Rows, dataset.Columns):
        decoded = decoded[0]  # pixels of more frames than the header counts
    if decoded.ndim == 2 and decoded.dtype.kind in "iu" and dataset.BitsStored <= 8 * decoded.dtype.itemsize:
        return _film_bits(decoded, dataset)
    return decoded


def is_padding(stored: NDArray[Any], dataset: Dataset) -> NDArray[np.bool_] | None:
    """Where the value that says there is nothing surrounds the film; None where the file names none that is there.

    The value may stand in the header with the other sign than in the pixels.
    """
    first, last = number(dataset, "PixelPaddingValue"), number(dataset, "PixelPaddingRangeLimit")
    if first is None or stored.dtype.kind not in "iu":
        return None
    low, high = sorted((int(first), int(first if last is None else last)))
    for bits in (0, int(dataset.BitsAllocated), int(dataset.BitsStored)):
        shifts = (-(1 << bits), 1 << bits) if bits else (0,)
        found = np.logical_or.reduce([(stored >= low + shift) & (stored <= high + shift) for shift in shifts])
        if found.any():
            return np.asarray(found & ~clear_border(found), dtype=bool)
    return None
