"""PNG, JPEG, BMP and other pictures."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import BmpImagePlugin, Image, ImageFile, JpegImagePlugin, PngImagePlugin, UnidentifiedImageError

from radcaliper.pipelines.reading.errors import NotARadiograph, UnreadableFilm
from radcaliper.pipelines.reading.grey import checked, grey_of
from radcaliper.pipelines.reading.limits import check_size
from radcaliper.pipelines.reading.orientation import Turn, turn_of_picture
from radcaliper.pipelines.reading.possible_spacing import is_stretched_too_far
from radcaliper.pipelines.reading.stored import StoredFilm

_OPENERS: Final[dict[bytes, Callable[[str], ImageFile.ImageFile]]] = {
    b"\x89PNG": PngImagePlugin.PngImageFile,
    b"\xff\xd8\xff": JpegImagePlugin.JpegImageFile,
    b"BM": BmpImagePlugin.BmpImageFile,
}
"""Opened by their own readers: Pillow's common way refuses large pictures, whose size is looked at here."""
_TO_RGB: Final = ("P", "PA", "CMYK", "YCbCr", "LAB", "HSV", "1")
_ORIENTATION: Final = 274
_DAMAGED: Final = (OSError, SyntaxError, ValueError, EOFError, struct.error, KeyError, TypeError, OverflowError)
"""What Pillow raises for pictures and metadata that are damaged."""


def _opened(path: Path) -> ImageFile.ImageFile:
    with path.open("rb") as file:
        head = file.read(8)
    for magic, opener in _OPENERS.items():
        if head.startswith(magic):
            return opener(str(path))
    return Image.open(path)


def _is_png(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x89PNG"


def _turn(picture: Image.Image) -> Turn:
    """The turn that EXIF asks for; none where it is damaged."""
    try:
        return turn_of_picture(picture.getexif().get(_ORIENTATION))
    except _DAMAGED:
        return Turn()


def aspect_of_density(across: object, down: object) -> float:
    """A pixel's height over its width from its dots a unit of length; 1 where they say nothing that a film can have."""
    try:
        densities = float(across), float(down)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError):
        return 1.0
    if not (min(densities) > 0 and max(densities) < np.inf) or is_stretched_too_far(*densities):
        return 1.0
    return densities[0] / densities[1]


def _aspect(picture: Image.Image) -> float:
    densities = next((picture.info[name] for name in ("dpi", "aspect", "jfif_density") if name in picture.info), None)
    return aspect_of_density(*densities) if isinstance(densities, tuple) and len(densities) == 2 else 1.0


def _by_pillow(path: Path) -> StoredFilm:
    with _opened(path) as picture:
        check_size(picture.height, picture.width)
        if getattr(picture, "n_frames", 1) > 1:
            raise NotARadiograph("several pictures: only single radiographs are measured")
        turn, aspect = _turn(picture), _aspect(picture)
        picture.load()
        pixels = np.asarray(picture.convert("RGB") if picture.mode in _TO_RGB else picture)
    return StoredFilm(checked(grey_of(pixels)), aspect=aspect, turn=turn)


def _png_size(content: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", content[16:24])
    return height, width


def _decoded(content: bytes) -> NDArray[Any]:
    """The first picture by codecs that read more kinds of it than Pillow, and nothing of what surrounds it."""
    if content.startswith(b"\x89PNG"):
        check_size(*_png_size(content))
        return np.asarray(imagecodecs.png_decode(content))
    from radcaliper.pipelines.reading.codestream import decode_frame, frame_size  # imports pydicom: seldom needed

    size = frame_size(content)
    if size is None:
        raise ValueError("no frame of a known kind")
    check_size(*size)
    return decode_frame(content)


def read_raster(path: Path) -> StoredFilm:
    """One film of 8 or 16 bits, grey, palette or colour; the alpha channel is ignored, of a JPEG with further pictures
    the first is the film.

    EXIF says how it is turned, its densities how high a pixel is for its width; they say nothing of the patient, so it
    has no spacing. Raises UnreadableFilm or NotARadiograph.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # damaged metadata around a whole picture
        try:
            return _by_pillow(path)
        except (UnreadableFilm, NotARadiograph):
            raise
        except (*_DAMAGED, Image.DecompressionBombError) as error:
            known = not isinstance(error, UnidentifiedImageError)
            if isinstance(error, OSError) and known and not _is_png(path):
                raise UnreadableFilm("damaged image: it is cut short or broken") from error
    try:
        return StoredFilm(checked(grey_of(_decoded(path.read_bytes()))))
    except (UnreadableFilm, NotARadiograph):
        if not known:
            raise UnreadableFilm("not a readable image") from None
        raise
    except (RuntimeError, ValueError, struct.error) as failure:
        words = "damaged image: its pixels cannot be decoded" if known else "not a readable image"
        raise UnreadableFilm(words) from failure
