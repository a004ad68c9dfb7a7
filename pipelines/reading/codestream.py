"""Compressed frames by themselves: what they are, how large, and their samples, whatever the header says of them."""

from __future__ import annotations

from typing import Any, Final

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.uid import (
    JPEG2000,
    UID,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
)

_JPEG: Final = b"\xff\xd8\xff"
_JPEG2000: Final = (b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP")
_FRAME_HEADERS: Final = {
    0xC0: JPEGBaseline8Bit,
    0xC1: JPEGExtended12Bit,
    0xC2: JPEGBaseline8Bit,
    0xC3: JPEGLossless,
    0xF7: JPEGLSLossless,
}
"""Start of frame markers of JPEG (progressive frames have no syntax of their own) and of JPEG-LS."""


def _frame_header(frame: bytes) -> tuple[int, int] | None:
    """(marker, place) of JPEG's start of frame; None where there is none."""
    place = 2
    while place + 9 < len(frame):
        if frame[place] != 0xFF:
            return None
        marker = frame[place + 1]
        if marker in _FRAME_HEADERS:
            return marker, place
        if marker == 0xFF:
            place += 1
            continue
        place += 2 + int.from_bytes(frame[place + 2 : place + 4], "big")
    return None


def frame_size(frame: bytes) -> tuple[int, int] | None:
    """(height, width) that a JPEG, JPEG-LS or JPEG 2000 frame gives; None for another, or a damaged one."""
    if frame.startswith(_JPEG2000):
        place = frame.find(_JPEG2000[0])
        numbers = [int.from_bytes(frame[place + 8 + 4 * i : place + 12 + 4 * i], "big") for i in range(4)]
        width, height, left, top = numbers
        return (height - top, width - left) if place >= 0 else None
    header = _frame_header(frame) if frame.startswith(_JPEG) else None
    if header is None:
        return None
    place = header[1]
    return int.from_bytes(frame[place + 5 : place + 7], "big"), int.from_bytes(frame[place + 7 : place + 9], "big")


def frame_samples(frame: bytes) -> int | None:
    """Samples for each pixel that a JPEG or JPEG-LS frame gives; None for another, or a damaged one."""
    header = _frame_header(frame) if frame.startswith(_JPEG) else None
    return None if header is None else frame[header[1] + 9]


def transfer_syntax_of(frame: bytes) -> UID | None:
    """The transfer syntax that a frame is written in; None where it cannot be told."""
    if frame.startswith(_JPEG2000):
        return JPEG2000
    header = _frame_header(frame) if frame.startswith(_JPEG) else None
    if header is None:
        return None
    if header[0] == 0xC3 and b"\xff\xda" in frame:
        scan = frame.index(b"\xff\xda")
        return JPEGLosslessSV1 if frame[scan + 5 + 2 * frame[scan + 4]] == 1 else JPEGLossless
    return _FRAME_HEADERS[header[0]]


def decode_frame(frame: bytes) -> NDArray[Any]:
    """The samples (H, W) or (H, W, 3) of a frame; ValueError for one that is damaged or of no known kind."""
    syntax = transfer_syntax_of(frame)
    try:
        if syntax in (JPEG2000, JPEG2000Lossless):
            return np.asarray(imagecodecs.jpeg2k_decode(frame))
        if syntax == JPEGLSLossless:
            return np.asarray(imagecodecs.jpegls_decode(frame))
        if syntax in (JPEGLossless, JPEGLosslessSV1):
            return np.asarray(imagecodecs.ljpeg_decode(frame))
        if syntax is not None:
            return np.asarray(imagecodecs.jpeg8_decode(frame))
    except RuntimeError as error:  # what every decoder's own error is
        raise ValueError("a damaged frame") from error
    raise ValueError("a frame of no known kind")
