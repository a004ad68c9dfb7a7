"""NIfTI, NRRD and MetaImage films: their directions, their spacing, and headers that say neither."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK

from radcaliper.measurements.types import Projection, Radiograph
from radcaliper.pipelines.reading import NotARadiograph, UnreadableFilm, is_candidate, read_radiograph
from radcaliper.pipelines.reading.file_frame import film_in_file_frame

RAS = np.diag([-1.0, -1.0, 1.0])
"""From towards left, back and head to NIfTI's right, front and head."""


def spacing(film: Radiograph) -> float | None:
    return None if film.spacing is None else round(film.spacing.row_mm, 4)


def save_nifti(
    path: Path, film: np.ndarray, right: tuple[float, ...], down: tuple[float, ...], axes: tuple[int, int] = (0, 1)
) -> None:
    """Write a film whose columns and rows lead there (left, back, head; mm a pixel), along two of three axes."""
    shape = [1, 1, 1]
    shape[axes[0]], shape[axes[1]] = film.shape[1], film.shape[0]
    order = film.T if axes[0] < axes[1] else film
    affine = np.eye(4)
    affine[:3, axes[0]], affine[:3, axes[1]] = RAS @ right, RAS @ down
    third = next(axis for axis in range(3) if axis not in axes)
    affine[:3, third] = np.cross(affine[:3, axes[0]], affine[:3, axes[1]]) / 0.25
    nibabel.save(nibabel.Nifti1Image(order.reshape(shape), affine), path)


L, R, P, A, H, F = (0.5, 0, 0), (-0.5, 0, 0), (0, 0.5, 0), (0, -0.5, 0), (0, 0, 0.5), (0, 0, -0.5)


@pytest.mark.parametrize("axes", [(0, 1), (0, 2), (1, 2), (2, 0), (1, 0)])
@pytest.mark.parametrize(
    ("right", "down", "stored"),
    [
        (L, F, lambda film: film),
        (L, H, lambda film: film[::-1]),
        (R, F, lambda film: film[:, ::-1]),
        (R, H, lambda film: film[::-1, ::-1]),
        (F, L, lambda film: film.T),
        (H, R, lambda film: film[::-1, ::-1].T),
        (L, P, lambda film: film),  # where pictures lie that have no place in space
        (L, A, lambda film: film[::-1]),
        (R, A, lambda film: film[::-1, ::-1]),
        (P, L, lambda film: film.T),
    ],
)
def test_nifti_directions(
    tmp_path: Path, film: np.ndarray, axes: tuple[int, int], right: tuple, down: tuple, stored: Callable
) -> None:
    save_nifti(tmp_path / "film.nii.gz", np.ascontiguousarray(stored(film)), right, down, axes)
    found = read_radiograph(tmp_path / "film.nii.gz")
    assert (found.pixels == film).all()
    assert spacing(found) == 0.5
    assert found.sides_tagged == (set(right) | set(down) <= {0.5, -0.5, 0} and (down in (F, H) or right in (F, H)))


def test_the_way_back_is_to_the_array_s_own_rows(tmp_path: Path, film: np.ndarray) -> None:
    save_nifti(tmp_path / "film.nii", np.ascontiguousarray(film[::-1]), L, H)
    found = read_radiograph(tmp_path / "film.nii")
    assert (film_in_file_frame(found).pixels == film[::-1]).all()


def test_a_lateral_by_its_directions(tmp_path: Path, film: np.ndarray) -> None:
    save_nifti(tmp_path / "film.nii", np.ascontiguousarray(film[::-1]), P, H, (1, 2))
    found = read_radiograph(tmp_path / "film.nii")
    assert (found.pixels == film).all()
    assert found.projection is Projection.LATERAL


def with_forms(path: Path, film: np.ndarray, **fields: object) -> Path:
    image = nibabel.Nifti1Image(film.T, np.diag([-0.5, -0.5, 1, 1]))
    for name, value in fields.items():
        image.header[name] = value
    image.header["vox_offset"] = 352
    image.header["magic"] = b"n+1"
    path.write_bytes(image.header.binaryblock + bytes(4) + film.tobytes())
    return path


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"sform_code": 0, "qform_code": 0}, 0.5),
        ({"srow_x": 0, "srow_y": 0, "srow_z": 0, "qform_code": 0}, 0.5),
        ({"srow_x": np.nan, "qform_code": 0}, 0.5),
        ({"srow_x": [-0.5, 0.02, 0, 0], "qform_code": 0}, 0.5),
        ({"srow_x": [-0.5, 0.49, 0, 0], "qform_code": 0}, 0.5),
        ({"xyzt_units": 1, "srow_x": [-5e-4, 0, 0, 0], "srow_y": [0, -5e-4, 0, 0], "qform_code": 0}, 0.5),
        ({"xyzt_units": 3, "srow_x": [-500, 0, 0, 0], "srow_y": [0, -500, 0, 0], "qform_code": 0}, 0.5),
        ({"sform_code": 0, "qform_code": 0, "pixdim": 0}, None),
        ({"sform_code": 0, "qform_code": 0, "pixdim": 1}, None),
    ],
    ids=["no form", "zero", "not numbers", "sheared", "much sheared", "metres", "microns", "no size", "placeholder"],
)
def test_nifti_forms(tmp_path: Path, film: np.ndarray, fields: dict[str, object], expected: float | None) -> None:
    found = read_radiograph(with_forms(tmp_path / "film.nii", film, **fields))
    assert spacing(found) == expected
    assert (found.pixels == film).all()


@pytest.mark.parametrize("pixdim", [99.0, 1e9])
def test_a_size_that_no_film_has(tmp_path: Path, film: np.ndarray, pixdim: float) -> None:
    path = with_forms(tmp_path / "film.nii", film, sform_code=0, qform_code=0, pixdim=pixdim)
    found = read_radiograph(path)
    assert (found.spacing, found.implausible_spacing) == (None, True)


@pytest.mark.parametrize("name", ["film.nii", "film.gz", "film.nii.GZ", "film", "film.bin", "1.2.840.113"])
@pytest.mark.parametrize("packed", [True, False])
def test_nifti_of_any_name(tmp_path: Path, film: np.ndarray, name: str, packed: bool) -> None:
    plain = with_forms(tmp_path / "plain.nii", film).read_bytes()
    (tmp_path / "plain.nii").unlink()
    (tmp_path / name).write_bytes(gzip.compress(plain) if packed else plain)
    assert (read_radiograph(tmp_path / name).pixels == film).all()
    assert is_candidate(tmp_path / name)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "float32", "float64", ">i2", ">f4"])
def test_nifti_samples(tmp_path: Path, film: np.ndarray, dtype: str) -> None:
    values = (film / 27.0 - 20).astype(dtype)
    nibabel.save(nibabel.Nifti1Image(values.T, np.diag([-0.5, -0.5, 1, 1])), tmp_path / "film.nii")
    found = read_radiograph(tmp_path / "film.nii").pixels
    assert np.corrcoef(found.ravel(), film.ravel())[0, 1] > 0.999


def test_nifti_of_colours_and_of_a_second_kind(tmp_path: Path, film: np.ndarray) -> None:
    eight = (film >> 4).astype(np.uint8)
    colours = np.stack([eight.T] * 3, axis=-1).copy().view([(name, "u1") for name in "RGB"]).reshape(eight.T.shape)
    nibabel.save(nibabel.Nifti1Image(colours, np.diag([-0.5, -0.5, 1, 1])), tmp_path / "rgb.nii")
    nibabel.save(nibabel.Nifti2Image(film.T, np.diag([-0.5, -0.5, 1, 1])), tmp_path / "two.nii")
    assert np.corrcoef(read_radiograph(tmp_path / "rgb.nii").pixels.ravel(), eight.ravel())[0, 1] > 0.9999
    assert (read_radiograph(tmp_path / "two.nii").pixels == film).all()


def test_a_small_slope_on_a_large_offset(tmp_path: Path, film: np.ndarray) -> None:
    found = read_radiograph(with_forms(tmp_path / "film.nii", film, scl_slope=1e-4, scl_inter=1e6)).pixels
    assert np.corrcoef(found.ravel(), film.ravel())[0, 1] > 0.9999


@pytest.mark.parametrize("extension", ["nrrd", "mha", "mhd", "nhdr"])
@pytest.mark.parametrize("slices", [(), (1,)], ids=["2-D", "one slice"])
def test_itk_formats(tmp_path: Path, film: np.ndarray, extension: str, slices: tuple[int, ...]) -> None:
    image = SimpleITK.GetImageFromArray(film.reshape(*slices, *film.shape))
    image.SetSpacing((0.5, 0.5, 1.0)[: image.GetDimension()])
    SimpleITK.WriteImage(image, str(tmp_path / f"film.{extension}"))
    found = read_radiograph(tmp_path / f"film.{extension}")
    assert (found.pixels == film).all()
    assert spacing(found) == 0.5


def test_itk_pixels_that_are_not_square(tmp_path: Path, film: np.ndarray) -> None:
    image = SimpleITK.GetImageFromArray(film)
    image.SetSpacing((1.0, 0.5))
    SimpleITK.WriteImage(image, str(tmp_path / "film.mha"))
    found = read_radiograph(tmp_path / "film.mha")
    assert (found.shape, spacing(found)) == ((400, 1000), 0.5)


@pytest.mark.parametrize("extension", ["nrrd", "mha"])
@pytest.mark.parametrize(
    ("direction", "stored"),
    [
        ((-1, 0, 0, 0, 1, 0, 0, 0, 1), lambda film: film[:, ::-1]),
        ((1, 0, 0, 0, -1, 0, 0, 0, -1), lambda film: film[::-1]),
        ((-1, 0, 0, 0, -1, 0, 0, 0, 1), lambda film: film[::-1, ::-1]),
        ((1, 0, 0, 0, 0, 1, 0, -1, 0), lambda film: film),
        ((1, 0, 0, 0, 0, 1, 0, 1, 0), lambda film: film[::-1]),
        ((0, 1, 0, 0, 0, 1, 1, 0, 0), lambda film: film[::-1].T),
    ],
)
def test_itk_directions(
    tmp_path: Path, film: np.ndarray, extension: str, direction: tuple[float, ...], stored: Callable
) -> None:
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(stored(film))[None])
    image.SetSpacing((0.5, 0.5, 1))
    image.SetDirection(direction)
    SimpleITK.WriteImage(image, str(tmp_path / f"film.{extension}"))
    assert (read_radiograph(tmp_path / f"film.{extension}").pixels == film).all()


NRRD_SPACES = {
    "zero": "space: left-posterior-superior\nspace directions: (0,0,0) (0,0,0) (0,0,0)",
    "none": "space: left-posterior-superior\nspace directions: none (0.5,0,0) (0,0.5,0)",
    "not numbers": "space: left-posterior-superior\nspace directions: (nan,0,0) (0,nan,0) (0,0,1)",
    "sheared": "space: left-posterior-superior\nspace directions: (0.5,0,0) (0.03,0.5,0) (0,0,1)",
    "nothing": "spacings: nan nan nan",
}


@pytest.mark.parametrize("space", NRRD_SPACES)
def test_nrrd_that_says_nothing_of_space(tmp_path: Path, film: np.ndarray, space: str) -> None:
    head = "NRRD0004\ntype: uint16\ndimension: 3\nsizes: 500 400 1\nencoding: raw\nendian: little\n"
    content = f"{head}{NRRD_SPACES[space]}\n\n".encode() + film.tobytes()
    (tmp_path / "film.nrrd").write_bytes(content)
    found = read_radiograph(tmp_path / "film.nrrd")
    assert found.shape == film.shape
    assert np.corrcoef(found.pixels.ravel(), film.ravel())[0, 1] > 0.999


@pytest.mark.parametrize("space", ["TransformMatrix = 0 0 0 0 0 0 0 0 0", "ElementSpacing = 0 0 0", ""])
@pytest.mark.parametrize("local", [True, False])
def test_metaimage_that_says_nothing_of_space(tmp_path: Path, film: np.ndarray, space: str, local: bool) -> None:
    head = f"ObjectType = Image\nNDims = 3\n{space}\nDimSize = 500 400 1\nElementType = MET_USHORT\n"
    if local:
        (tmp_path / "film.mha").write_bytes(f"{head}ElementDataFile = LOCAL\n".encode() + film.tobytes())
    else:
        (tmp_path / "film.raw").write_bytes(film.tobytes())
        (tmp_path / "film.mha").write_text(f"{head}ElementDataFile = film.raw\n", encoding="utf-8")
    found = read_radiograph(tmp_path / "film.mha")
    assert (found.pixels == film).all()
    assert found.spacing is None


def test_volumes_are_no_radiographs(tmp_path: Path) -> None:
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.zeros((5, 80, 80), np.uint8)), str(tmp_path / "ct.nrrd"))
    nibabel.save(nibabel.Nifti1Image(np.zeros((80, 80, 5), np.uint8), np.eye(4)), tmp_path / "ct.nii")
    for name in ("ct.nrrd", "ct.nii"):
        with pytest.raises(NotARadiograph, match="volume"):
            read_radiograph(tmp_path / name)


def test_large_volumes_are_refused_before_they_are_read(tmp_path: Path, film: np.ndarray) -> None:
    path = with_forms(tmp_path / "film.nii", film, dim=[2, 20000, 20000, 1, 1, 1, 1, 1])
    (tmp_path / "film.nrrd").write_text(
        "NRRD0004\ntype: uint8\ndimension: 2\nsizes: 20000 20000\nencoding: raw\n\n", encoding="utf-8"
    )
    for name in (path.name, "film.nrrd"):
        with pytest.raises(UnreadableFilm, match="too large"):
            read_radiograph(tmp_path / name)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd", "a.mha"])
@pytest.mark.parametrize("content", [b"none", b"\x1f\x8b broken", b"NRRD0004\n", b"NDims = 3\n", bytes(400)])
def test_what_is_no_image_is_said_in_one_line(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises((UnreadableFilm, NotARadiograph)) as failure:
        read_radiograph(tmp_path / name)
    assert "\n" not in str(failure.value)


def test_a_nifti_image_that_is_cut_short(tmp_path: Path, film: np.ndarray) -> None:
    path = with_forms(tmp_path / "film.nii", film)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(UnreadableFilm, match="not a readable NIfTI"):
        read_radiograph(path)
