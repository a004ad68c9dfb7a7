"""PNG files (ISO/IEC 15948), written quickly: for each kind of picture the deflate and the one row filter that pay."""

from __future__ import annotations

import struct
import zlib
from typing import Final

import cv2
import imagecodecs
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.region import Region

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_UP: Final = 2
"""Each byte less the one above it."""
_GREY: Final = 0
_RGB: Final = 2


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _file(shape: tuple[int, ...], colour: int, deflated: bytes) -> bytes:
    """A file of 8 bits a sample from its deflated rows, each with its filter before it."""
    header = struct.pack(">IIBBBBB", shape[1], shape[0], 8, colour, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", deflated) + _chunk(b"IEND", b"")


def encoded_png(image: NDArray[np.uint8]) -> bytes:
    """A (H, W) grey or (H, W, 3) blue, green, red picture of 8 bits. Raises ValueError for one that has no pixels."""
    if image.size == 0:
        raise ValueError(f"{image.shape} pixels cannot be encoded")
    colour = _GREY if image.ndim == 2 else _RGB
    samples = image if colour == _GREY else cv2.cvtColor(image, cv2.COLOR_BGR2RGB).reshape(len(image), -1)
    rows = np.empty((len(samples), 1 + samples.shape[1]), np.uint8)
    rows[:, 0], rows[0, 1:] = _UP, samples[0]
    np.subtract(samples[1:], samples[:-1], out=rows[1:, 1:])
    return _file(image.shape, colour, bytes(imagecodecs.deflate_encode(rows, level=1)))  # best for the grain of films


def encoded_mask(region: Region) -> bytes:
    """A mask of (H, W), given as its region, as 0 and 255. Raises ValueError for one that has no pixels."""
    height, width = region.shape
    if height * width == 0:
        raise ValueError(f"{region.shape} pixels cannot be encoded")
    rows = np.zeros((height, 1 + width), np.uint8)  # a row begins with its filter, 0 for none
    if not region.is_empty:
        at = region.extent
        covered = rows[at.top : at.bottom + 1, 1 + at.left : at.right + 2]
        np.multiply(region.part.view(np.uint8), np.uint8(255), out=covered)
    return _file(region.shape, _GREY, bytes(imagecodecs.zlibng_encode(rows, level=2)))  # best for long runs
