"""How masks are written: a name apart, so that the command line knows it without numpy."""

from __future__ import annotations

from enum import StrEnum


class MaskFormat(StrEnum):
    """How masks are written."""

    PNG = "png"
    SEG = "seg"
    RLE = "rle"
    NONE = "none"
