"""A decoder plugin of pydicom for JPEG of 12 bits, which its own decoders leave out."""

from __future__ import annotations

from typing import Any, Final

import imagecodecs
import numpy as np
from pydicom.pixels.decoders import JPEGExtended12BitDecoder
from pydicom.uid import JPEGExtended12Bit

DECODER_DEPENDENCIES: Final = {JPEGExtended12Bit: ("imagecodecs",)}
"""Read by pydicom."""


def is_available(uid: str) -> bool:
    """Whether this plugin decodes the transfer syntax."""
    return uid == JPEGExtended12Bit


def decode_frame(source: bytes, runner: Any) -> bytes:
    """The samples of one JPEG frame, little-endian, in the sample size that ``runner`` is told of."""
    samples = np.asarray(imagecodecs.jpeg8_decode(source))
    runner.set_option("bits_allocated", 8 * samples.dtype.itemsize)
    return samples.astype(samples.dtype.newbyteorder("<")).tobytes()


def register() -> None:
    """Make pydicom know this decoder; again and again does no harm."""
    if "imagecodecs" not in JPEGExtended12BitDecoder.available_plugins:
        JPEGExtended12BitDecoder.add_plugin("imagecodecs", (__name__, "decode_frame"))
