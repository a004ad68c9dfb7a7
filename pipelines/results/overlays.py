"""A film's overlay, and its small picture for the report's list, as files."""

from __future__ import annotations

from typing import Final

import cv2

from radcaliper.measurements.types import Analysis, Status
from radcaliper.pipelines.protocols.drawing import OverlayImage, picture_size
from radcaliper.pipelines.protocols.registry import EVERY_PROTOCOL
from radcaliper.pipelines.protocols.unmeasured import draw as draw_unmeasured
from radcaliper.pipelines.results.names import overlay_place, thumbnail_place
from radcaliper.pipelines.results.png import encoded_png

_THUMBNAIL_SIDE: Final = 192
_WEBP_QUALITY: Final = 50
_EMPTY: Final = frozenset(("blank_film",))
"""Reasons of films whose picture would show nothing."""


def _thumbnail(overlay: OverlayImage, shape: tuple[int, int]) -> bytes:
    """The film on an overlay, without the words beside it, as a small WebP."""
    height, width = picture_size(shape)
    scale = _THUMBNAIL_SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(overlay[:height, :width], size, interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".webp", small, (cv2.IMWRITE_WEBP_QUALITY, _WEBP_QUALITY))[1].tobytes())


def overlay_files(analysis: Analysis) -> dict[str, bytes]:
    """The content of a film's overlay and of its small picture, by place below the results folder.

    A film that was refused shows itself with the reason beside it; one with nothing to see has no files.
    """
    if analysis.status is not Status.REFUSED:
        overlay = EVERY_PROTOCOL[analysis.protocol].load_overlay()(analysis)
    elif not _EMPTY.intersection(analysis.reasons):
        overlay = draw_unmeasured(analysis)
    else:
        return {}
    return {
        overlay_place(analysis.image): encoded_png(overlay),
        thumbnail_place(analysis.image): _thumbnail(overlay, analysis.radiograph.shape),
    }
