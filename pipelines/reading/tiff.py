"""TIFF films, of any kind of sample and compression that tifffile or SimpleITK knows."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final

import numpy as np
import SimpleITK
import tifffile
from numpy.typing import NDArray

from radcaliper.pipelines.reading.errors import NotARadiograph, UnreadableFilm
from radcaliper.pipelines.reading.grey import checked, grey_of
from radcaliper.pipelines.reading.limits import check_size
from radcaliper.pipelines.reading.orientation import Turn, turn_of_picture
from radcaliper.pipelines.reading.raster import aspect_of_density, read_raster
from radcaliper.pipelines.reading.stored import StoredFilm

_WHITE_IS_ZERO, _PALETTE = tifffile.PHOTOMETRIC.MINISWHITE, tifffile.PHOTOMETRIC.PALETTE
_PLAIN: Final = (_WHITE_IS_ZERO, tifffile.PHOTOMETRIC.MINISBLACK, tifffile.PHOTOMETRIC.RGB, _PALETTE)
_REDUCED, _MASK = 1, 4
"""Bits of NewSubfileType."""
_DAMAGED: Final = (ValueError, RuntimeError, OSError, KeyError, TypeError, IndexError, NotImplementedError)

logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # what it complains of is judged here


def _is_whole(page: tifffile.TiffPage, largest: tifffile.TiffPage) -> bool:
    """Whether a page is a picture by itself: neither tagged as reduced or a mask, nor a small copy of the largest."""
    if int(page.subfiletype) & (_REDUCED | _MASK):
        return False
    scale = page.imagewidth / largest.imagewidth
    smaller = scale < 0.75 and abs(page.imagelength - scale * largest.imagelength) <= 2
    return page is largest or not smaller


def _film_page(pages: list[tifffile.TiffPage]) -> tifffile.TiffPage:
    """The one page at full size; NotARadiograph where there are several."""
    if not pages:
        raise UnreadableFilm("a TIFF without a page")
    largest = max(pages, key=lambda page: (not int(page.subfiletype) & _REDUCED, page.imagewidth * page.imagelength))
    if sum(_is_whole(page, largest) for page in pages) > 1:
        raise NotARadiograph("several pages: only single radiographs are measured")
    return largest


def _value(page: tifffile.TiffPage, name: str) -> Any:
    tag = page.tags.get(name)
    return None if tag is None else tag.value


def _aspect(page: tifffile.TiffPage) -> float:
    densities = [_value(page, name) for name in ("XResolution", "YResolution")]
    try:
        across, down = (pair[0] / pair[1] for pair in densities)
    except (TypeError, IndexError, ZeroDivisionError):  # missing or malformed: nothing is said
        return 1.0
    return aspect_of_density(across, down)


def _channels_last(samples: NDArray[Any], page: tifffile.TiffPage) -> NDArray[Any]:
    """(H, W) or (H, W, C) of a page's array in any of TIFF's layouts."""
    samples = np.squeeze(samples)
    if samples.ndim == 3 and samples.shape[:2] != (page.imagelength, page.imagewidth):
        return np.moveaxis(samples, 0, -1)
    return samples


def _through_palette(samples: NDArray[Any], page: tifffile.TiffPage) -> NDArray[Any]:
    colours = np.asarray(page.colormap)
    return np.asarray(np.moveaxis(colours[:, samples], 0, -1)) if page.colormap is not None else samples


def _grey(page: tifffile.TiffPage) -> NDArray[Any]:
    samples = _channels_last(page.asarray(), page)
    if page.photometric == _PALETTE:
        samples = _through_palette(samples, page)
    grey = grey_of(samples)
    if page.photometric != _WHITE_IS_ZERO:
        return grey
    return np.asarray(np.subtract(grey.max(), grey, dtype=np.float64 if grey.dtype.itemsize > 2 else np.float32))


def _end(page: tifffile.TiffPage) -> int:
    """Where in the file the page's pixels end."""
    return max((sum(piece) for piece in zip(page.dataoffsets, page.databytecounts, strict=False)), default=0)


def _by_tifffile(path: Path) -> StoredFilm | None:
    """The film by tifffile; None where its colours or compression are none that it brings to grey."""
    with tifffile.TiffFile(path) as file:
        page = _film_page([page for page in file.pages if isinstance(page, tifffile.TiffPage)])
        check_size(page.imagelength, page.imagewidth)
        if _end(page) > path.stat().st_size:
            raise UnreadableFilm("damaged image: it is cut short")
        turn, aspect = turn_of_picture(int(_value(page, "Orientation") or 1)), _aspect(page)
        if page.photometric not in _PLAIN and page.compression != tifffile.COMPRESSION.JPEG:
            return None
        return StoredFilm(checked(_grey(page)), aspect=aspect, turn=turn)


def _by_simpleitk(path: Path) -> StoredFilm:
    reader = SimpleITK.ImageFileReader()
    reader.SetFileName(str(path))
    reader.ReadImageInformation()
    check_size(*reader.GetSize()[1::-1])
    return StoredFilm(checked(grey_of(SimpleITK.GetArrayFromImage(reader.Execute()))), turn=Turn())


def read_tiff(path: Path) -> StoredFilm:
    """The one picture at full size; pages of reduced size are passed over.

    White as zero, orientation and resolutions are taken as their tags say; they give no spacing. What tifffile does not
    read is left to Pillow, then to SimpleITK. Raises UnreadableFilm or NotARadiograph.
    """
    try:
        film = _by_tifffile(path)
        if film is not None:
            return film
    except (UnreadableFilm, NotARadiograph):
        raise
    except _DAMAGED:
        pass  # other readers know other kinds
    try:
        return read_raster(path)
    except UnreadableFilm as failure:
        try:
            return _by_simpleitk(path)
        except RuntimeError:
            raise failure from None
