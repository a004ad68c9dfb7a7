"""PNG, JPEG, BMP and TIFF films of every kind of sample, with damaged or misleading things around them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from radcaliper.pipelines.reading import NotARadiograph, UnreadableFilm, read_radiograph
from radcaliper.pipelines.reading.file_frame import film_in_file_frame, spacing_to_file
from radcaliper.pipelines.reading.limits import MOST_PIXELS


@pytest.fixture(scope="module")
def eight() -> np.ndarray:
    rows, cols = np.indices((240, 360))
    return (40 + 0.25 * rows + 0.35 * cols + 20 * np.sin(rows / 17) * np.cos(cols / 23)).astype(np.uint8)


def alike(found: np.ndarray, expected: np.ndarray, least: float = 0.9999) -> bool:
    return found.shape == expected.shape and float(np.corrcoef(found.ravel(), expected.ravel())[0, 1]) > least


def pixels(path: Path) -> np.ndarray:
    film = read_radiograph(path)
    assert film.spacing is None
    return film.pixels


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P", "1", "CMYK", "I;16", "F"])
@pytest.mark.parametrize("extension", ["png", "tif", "jpg", "bmp"])
def test_modes(tmp_path: Path, eight: np.ndarray, mode: str, extension: str) -> None:
    allowed = {"png": "L RGB RGBA LA P 1 I;16", "jpg": "L RGB CMYK", "bmp": "L RGB P 1", "tif": None}[extension]
    if allowed is not None and mode not in allowed.split():
        pytest.skip("the format has no such pixels")
    grey = Image.fromarray(eight)
    picture = Image.fromarray(eight.astype(np.uint16) * 256) if mode == "I;16" else grey.convert(mode)
    picture.save(tmp_path / f"film.{extension}")
    assert alike(pixels(tmp_path / f"film.{extension}"), eight, 0.2 if mode == "1" else 0.99)


@pytest.mark.parametrize("name", ["film.jfif", "film.jpe", "film.JPEG", "film.png", "film.dcm", "film"])
def test_content_counts_before_the_name(tmp_path: Path, eight: np.ndarray, name: str) -> None:
    Image.fromarray(eight).save(tmp_path / name, format="JPEG", quality=98)
    assert alike(pixels(tmp_path / name), eight, 0.999)


def test_the_first_picture_of_a_jpeg_with_several_is_the_film(tmp_path: Path, eight: np.ndarray) -> None:
    second = Image.fromarray(eight[::4, ::4])
    Image.fromarray(eight).save(tmp_path / "film.jpg", format="MPO", save_all=True, append_images=[second], quality=98)
    assert alike(pixels(tmp_path / "film.jpg"), eight, 0.999)


STORED: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.T,
    6: np.rot90,
    7: lambda upright: upright[::-1, ::-1].T,
    8: lambda upright: np.rot90(upright, 3),
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("extension", ["png", "jpg", "tif"])
def test_orientation_tags(tmp_path: Path, eight: np.ndarray, orientation: int, extension: str) -> None:
    stored = np.ascontiguousarray(STORED[orientation](eight))
    exif = Image.Exif()
    exif[274] = orientation
    path = tmp_path / f"film.{extension}"
    Image.fromarray(stored).save(path, exif=exif, **({"quality": 98} if extension == "jpg" else {}))
    film = read_radiograph(path)
    assert alike(film.pixels, eight, 0.999)
    assert alike(film_in_file_frame(film).pixels, stored, 0.999)


@pytest.mark.parametrize("extension", ["png", "jpg", "tif", "bmp"])
@pytest.mark.parametrize(("dpi", "shape"), [((100, 200), (240, 720)), ((200, 100), (480, 360)), ((96, 96), (240, 360))])
def test_densities_say_the_shape_of_a_pixel(
    tmp_path: Path, eight: np.ndarray, extension: str, dpi: tuple[int, int], shape: tuple[int, int]
) -> None:
    """Of 100 dots an inch across and 200 down, a pixel is twice as wide as high."""
    path = tmp_path / f"film.{extension}"
    Image.fromarray(eight).save(path, dpi=dpi)
    assert read_radiograph(path).shape == shape


@pytest.mark.parametrize("dpi", [(0, 0), (1, 72), (300, 0)])
def test_absurd_densities_say_nothing(tmp_path: Path, eight: np.ndarray, dpi: tuple[int, int]) -> None:
    tifffile.imwrite(tmp_path / "film.tif", eight, resolution=dpi)
    assert read_radiograph(tmp_path / "film.tif").shape == eight.shape


def with_chunk(png: bytes, kind: bytes, data: bytes, crc: int | None = None) -> bytes:
    """The PNG with a chunk behind its header."""
    check = zlib.crc32(kind + data) if crc is None else crc
    return png[:33] + struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check) + png[33:]


@pytest.mark.parametrize(
    ("kind", "data", "crc"),
    [
        (b"iCCP", b"big\0\0" + zlib.compress(bytes(3_000_000)), None),
        (b"zTXt", b"big\0\0" + zlib.compress(b"x" * 70_000_000), None),
        (b"iTXt", b"big\0\1\0\0\0" + zlib.compress(b"x" * 5_000_000), None),
        (b"tEXt", b"damaged\0x", 0),
        (b"iCCP", b"damaged\0\0nothing packed", None),
        (b"eXIf", b"damaged", None),
        (b"pHYs", b"short", None),
        (b"gAMA", b"", None),
        (b"iTXt", b"damaged", None),
    ],
    ids=["colour profile", "text", "long text", "checksum", "profile", "EXIF", "density", "gamma", "short text"],
)
@pytest.mark.parametrize("bits", [8, 16])
def test_png_with_large_or_damaged_metadata(
    tmp_path: Path, eight: np.ndarray, kind: bytes, data: bytes, crc: int | None, bits: int
) -> None:
    buffer = io.BytesIO()
    Image.fromarray(eight if bits == 8 else eight.astype(np.uint16) * 256).save(buffer, format="PNG")
    (tmp_path / "film.png").write_bytes(with_chunk(buffer.getvalue(), kind, data, crc))
    assert alike(pixels(tmp_path / "film.png"), eight)


def test_jpeg_with_damaged_exif(tmp_path: Path, eight: np.ndarray) -> None:
    exif = b"Exif\0\0II*\0\xff\xff\xff\xff" + bytes(30)
    Image.fromarray(eight).save(tmp_path / "film.jpg", exif=exif, quality=98)
    assert alike(pixels(tmp_path / "film.jpg"), eight, 0.999)


@pytest.mark.parametrize("kind", ["12 bits", "lossless"])
def test_jpegs_that_pillow_does_not_read(tmp_path: Path, eight: np.ndarray, kind: str) -> None:
    twelve = eight.astype(np.uint16) * 16
    encoded = (
        imagecodecs.ljpeg_encode(twelve, bitspersample=12)
        if kind == "lossless"
        else imagecodecs.jpeg8_encode(twelve, level=98, bitspersample=12)
    )
    (tmp_path / "film.jpg").write_bytes(encoded)
    assert alike(pixels(tmp_path / "film.jpg"), eight, 0.999)


@pytest.mark.parametrize(
    "dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float16", "float32", "float64"]
)
@pytest.mark.parametrize("compression", [None, "zlib", "lzw"])
@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
def test_tiff_samples(tmp_path: Path, eight: np.ndarray, dtype: str, compression: str | None, photometric: str) -> None:
    stored = (eight.astype(float) - (120 if dtype[0] == "i" else 0)).astype(dtype)
    tifffile.imwrite(tmp_path / "film.tif", stored, photometric=photometric, compression=compression)
    assert alike(pixels(tmp_path / "film.tif") * (1 if photometric == "minisblack" else -1), eight)


def test_tiff_of_grey_with_alpha(tmp_path: Path, eight: np.ndarray) -> None:
    both = np.stack([eight.astype(np.uint16) * 256, np.full(eight.shape, 65535, np.uint16)], axis=-1)
    path = tmp_path / "film.tif"
    tifffile.imwrite(path, both, photometric="minisblack", planarconfig="contig", extrasamples=["unassalpha"])
    assert alike(pixels(path), eight)


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_tiff_of_colours(tmp_path: Path, eight: np.ndarray, planar: str) -> None:
    colours = np.stack([eight] * 3, axis=-1 if planar == "contig" else 0)
    tifffile.imwrite(tmp_path / "film.tif", colours, photometric="rgb", planarconfig=planar)
    assert alike(pixels(tmp_path / "film.tif"), eight)


@pytest.mark.parametrize("compression", ["jpeg", "jpeg2000", "packbits", "zstd", "webp", "lerc", "png"])
def test_tiff_compressions(tmp_path: Path, eight: np.ndarray, compression: str) -> None:
    colours = np.stack([eight] * 3, axis=-1) if compression == "webp" else eight
    tifffile.imwrite(tmp_path / "film.tif", colours, compression=compression)
    assert alike(pixels(tmp_path / "film.tif"), eight, 0.99)


@pytest.mark.parametrize("bits", [2, 4, 12])
def test_tiff_of_few_bits(tmp_path: Path, eight: np.ndarray, bits: int) -> None:
    values = (eight.astype(np.uint16) << 8) >> (16 - bits)
    height, width = eight.shape
    single = np.unpackbits(values.astype(">u2").view(np.uint8).reshape(height, width, 2), axis=-1)[..., -bits:]
    data = np.packbits(single.reshape(height, -1), axis=1).tobytes()
    tags = [(256, width), (257, height), (258, bits), (259, 1), (262, 1), (273, 200), (277, 1), (278, height)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in [*tags, (279, len(data))])
    head = struct.pack("<2sHIH", b"II", 42, 8, 9) + entries + bytes(4)
    (tmp_path / "film.tif").write_bytes(head.ljust(200, b"\0") + data)
    assert alike(pixels(tmp_path / "film.tif"), values)


def test_big_tiff_in_tiles(tmp_path: Path, eight: np.ndarray) -> None:
    tifffile.imwrite(tmp_path / "film.tif", eight, bigtiff=True, tile=(64, 64), compression="zlib")
    assert alike(pixels(tmp_path / "film.tif"), eight)


@pytest.mark.parametrize("tagged", [True, False])
@pytest.mark.parametrize("first", [True, False])
def test_a_reduced_page_is_passed_over(tmp_path: Path, eight: np.ndarray, tagged: bool, first: bool) -> None:
    pages = [(eight[::4, ::4], {"subfiletype": 1} if tagged else {}), (eight, {})]
    with tifffile.TiffWriter(tmp_path / "film.tif") as file:
        for page, tags in pages if first else pages[::-1]:
            file.write(page, contiguous=False, **tags)
    assert alike(pixels(tmp_path / "film.tif"), eight)


def test_several_pages_are_no_radiograph(tmp_path: Path, eight: np.ndarray) -> None:
    tifffile.imwrite(tmp_path / "film.tif", np.stack([eight, eight]), photometric="minisblack")
    with pytest.raises(NotARadiograph, match="several pages"):
        read_radiograph(tmp_path / "film.tif")
    grey = Image.fromarray(eight)
    grey.save(tmp_path / "film.png", save_all=True, append_images=[Image.fromarray(255 - eight)])
    with pytest.raises(NotARadiograph, match="several pictures"):
        read_radiograph(tmp_path / "film.png")


def test_a_tiff_film_without_outliers(tmp_path: Path, eight: np.ndarray) -> None:
    values = eight.astype(np.float32)
    values[0, 0], values[150, 200] = 3e38, -3e38
    tifffile.imwrite(tmp_path / "film.tif", values)
    found = pixels(tmp_path / "film.tif")
    assert np.ptp(found) < 21 * int(np.ptp(eight))
    found[0, 0] = found[150, 200] = np.median(found)
    assert alike(found, eight)


@pytest.mark.parametrize("extension", ["png", "jpg", "tif", "bmp"])
def test_large_pictures_are_refused_before_they_are_decoded(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"film.{extension}"
    side = int(MOST_PIXELS**0.5) + 1
    Image.new("L", (100, 100), 7).save(path)
    content = bytearray(path.read_bytes())
    if extension == "png":
        content[16:24] = struct.pack(">II", side, side)
        content[29:33] = struct.pack(">I", zlib.crc32(bytes(content[12:29])))
    elif extension == "bmp":
        content[18:26] = struct.pack("<ii", side, side)
    elif extension == "jpg":
        place = content.index(b"\xff\xc0")
        content[place + 5 : place + 9] = struct.pack(">HH", side, side)
    else:
        content = content.replace(struct.pack("<HHII", 256, 4, 1, 100), struct.pack("<HHII", 256, 4, 1, side))
        content = content.replace(struct.pack("<HHII", 257, 4, 1, 100), struct.pack("<HHII", 257, 4, 1, side))
    path.write_bytes(content)
    with pytest.raises(UnreadableFilm, match="too large"):
        read_radiograph(path)


def test_a_large_film_is_no_bomb(tmp_path: Path) -> None:
    """Above what Pillow takes by itself."""
    rows = np.linspace(0, 255, 13600).astype(np.uint8)
    Image.fromarray(np.broadcast_to(rows[:, None], (13600, 13600))).save(tmp_path / "film.png", compress_level=1)
    assert read_radiograph(tmp_path / "film.png").shape == (13600, 13600)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b""),
        ("a.jpg", b"\xff\xd8\xff\xe0 broken"),
        ("a.png", b"\x89PNG\r\n\x1a\n broken"),
        ("a.tif", b"II*\0\x08\0\0\0"),
        ("a.tif", b"MM\0*\xff\xff\xff\xff"),
        ("a.bmp", b"BM broken"),
        ("a.png", b"<html>404 not found</html>"),
        ("a", b"\x01\x02\x03\x04 what"),
    ],
)
def test_what_is_no_image_is_said_in_one_line(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFilm) as failure:
        read_radiograph(tmp_path / name)
    assert str(failure.value)
    assert "\n" not in str(failure.value)


def test_a_picture_that_is_cut_short(tmp_path: Path, eight: np.ndarray) -> None:
    for extension in ("png", "jpg", "tif"):
        path = tmp_path / f"film.{extension}"
        Image.fromarray(eight).save(path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(UnreadableFilm, match="damaged"):
            read_radiograph(path)


@pytest.mark.parametrize("side", [200, 400])
def test_a_user_s_spacing_is_that_of_the_file_s_pixels(tmp_path: Path, side: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (side, side), dtype=np.uint8)
    Image.fromarray(cv2.GaussianBlur(pixels, (0, 0), 4)).save(tmp_path / "film.png")
    film = read_radiograph(tmp_path / "film.png", 1.5)
    assert film.spacing is not None
    assert film.spacing.row_mm * film.shape[0] == pytest.approx(1.5 * side)
    assert spacing_to_file(film.spacing, film.on_file).row_mm == pytest.approx(1.5)
