"""Plain PNG files decoded quickly: the same samples as by Pillow, and nothing else is taken for one."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from radcaliper.pipelines.reading.plain_png import plain_png
from radcaliper.pipelines.reading.raster import read_raster

RNG = np.random.default_rng(0)


def filtered(samples: np.ndarray, kinds: np.ndarray) -> bytes:
    """Deflated rows, each with its filter (0, 1 or 2) before it."""
    stored = samples.astype(">u2") if samples.dtype == np.uint16 else samples
    rows = np.ascontiguousarray(stored).view(np.uint8).reshape(len(samples), samples.shape[1], -1)
    left, up = rows.copy(), rows.copy()
    left[:, 1:] -= rows[:, :-1]
    up[1:] -= rows[:-1]
    ways = (rows, left, up)
    return zlib.compress(b"".join(bytes([kind]) + ways[kind][row].tobytes() for row, kind in enumerate(kinds)))


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(samples: np.ndarray, kinds: np.ndarray, *further: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], 8 * samples.itemsize, 0, 0, 0, 0)
    pixels = filtered(samples, kinds)
    parts = (chunk(b"IHDR", header), *further, chunk(b"IDAT", pixels[:99]), chunk(b"IDAT", pixels[99:]))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def picture(kind: type, shape: tuple[int, int] = (90, 70)) -> np.ndarray:
    return RNG.integers(0, np.iinfo(kind).max, shape, kind, endpoint=True)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("way", [0, 1, 2])
def test_rows_of_one_filter_are_read_as_pillow_reads_them(kind: type, way: int) -> None:
    samples = picture(kind)
    content = png(samples, np.full(90, way))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(content))), samples)
    found = plain_png(content)
    assert found is not None
    assert found.dtype == kind
    assert np.array_equal(found, samples)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_what_opencv_writes_is_plain(kind: type) -> None:
    samples = picture(kind)
    found = plain_png(cv2.imencode(".png", samples)[1].tobytes())
    assert found is not None
    assert np.array_equal(found, samples)


def test_other_files_are_left_to_other_decoders() -> None:
    samples = picture(np.uint8)
    plain, colour = png(samples, np.ones(90, int)), np.dstack([samples] * 3)
    exif = chunk(b"eXIf", b"MM\x00*\x00\x00\x00\x08\x00\x00")
    others = {
        "several filters": png(samples, RNG.integers(0, 3, 90)),
        "colour": cv2.imencode(".png", colour)[1].tobytes(),
        "two greys": cv2.imencode(".png", samples, [cv2.IMWRITE_PNG_BILEVEL, 1])[1].tobytes(),
        "EXIF": png(samples, np.ones(90, int), exif),
        "animation": png(samples, np.ones(90, int), chunk(b"acTL", bytes(8))),
        "cut short": plain[:-20],
        "without its end": plain[:-12],
        "damaged": plain[:2000] + bytes([plain[2000] ^ 1]) + plain[2001:],
        "no PNG": b"\xff\xd8\xff" + plain[3:],
        "nothing": b"",
    }
    assert [name for name, content in others.items() if plain_png(content) is not None] == []


def test_a_plain_file_keeps_the_shape_of_its_pixels(tmp_path: Path) -> None:
    film, samples = tmp_path / "film.png", picture(np.uint8)
    film.write_bytes(png(samples, np.ones(90, int), chunk(b"pHYs", struct.pack(">IIB", 4000, 2000, 1))))
    stored = read_raster(film)
    assert stored.aspect == pytest.approx(2)
    assert np.array_equal(stored.pixels, samples)
