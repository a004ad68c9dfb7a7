"""PNG, JPEG, TIFF and BMP films."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from radcaliper.measurements.types import Radiograph
from radcaliper.pipelines.reading.cause import cause_of
from radcaliper.pipelines.reading.errors import NotARadiograph, UnreadableFilm
from radcaliper.pipelines.reading.grey import checked, grey_of


def read_raster(path: Path) -> Radiograph:
    """One film of 8 or 16 bits, grey, palette or colour, upright as its EXIF says; the alpha channel is ignored.

    Its dots an inch say nothing of the patient, so it has no spacing. Raises UnreadableFilm or NotARadiograph.
    """
    try:
        with warnings.catch_warnings(), Image.open(path) as picture:
            warnings.simplefilter("ignore")  # damaged metadata around a whole picture
            frames = getattr(picture, "n_frames", 1)
            if frames > 1:
                raise NotARadiograph(f"{frames} pages: only single radiographs are measured")
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            if upright.mode in ("P", "PA", "CMYK", "YCbCr", "LAB", "HSV", "1"):
                upright = upright.convert("RGB")
            pixels = grey_of(np.asarray(upright))
    except UnidentifiedImageError as error:
        raise UnreadableFilm("not a readable image") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, NotARadiograph):
            raise
        raise UnreadableFilm(f"damaged image: {cause_of(error)}") from error
    return Radiograph(checked(pixels), source=path.name)
