"""Films of several files: the hash covers them all, and a header stays in its own folder."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from radcaliper.pipelines.reading import UnreadableFilm, read_radiograph
from radcaliper.pipelines.reading.parts import files_of
from radcaliper.pipelines.running.film import file_hash


def write(path: Path, value: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.arange(100 * 80, dtype=np.uint16).reshape(100, 80) + value
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(pixels.astype(np.uint16)), str(path))
    return path


@pytest.mark.parametrize(("name", "data"), [("a.mhd", "a.raw"), ("a.nhdr", "a.raw"), ("a.mha", ""), ("a.nrrd", "")])
def test_a_header_s_data_file_is_part_of_the_film(tmp_path: Path, name: str, data: str) -> None:
    film = write(tmp_path / name)
    assert files_of(film) == ((film, tmp_path / data) if data else (film,))


def test_the_hash_covers_header_and_data(tmp_path: Path) -> None:
    first, second = write(tmp_path / "one" / "a.mhd"), write(tmp_path / "two" / "a.mhd", 7)
    assert first.read_bytes() == second.read_bytes()
    assert file_hash(first) != file_hash(second)


@pytest.mark.parametrize("where", ["../secret.raw", "{root}/secret.raw", "sub/../../secret.raw", "..\\secret.raw"])
@pytest.mark.parametrize("name", ["a.mhd", "a.nrrd"])
def test_a_header_cannot_point_outside_its_own_folder(tmp_path: Path, name: str, where: str) -> None:
    write(tmp_path / "secret.mhd")
    film = write(tmp_path / "films" / ("a.mhd" if name == "a.mhd" else "a.nhdr")).rename(tmp_path / "films" / name)
    film.write_bytes(film.read_bytes().replace(b"a.raw", where.format(root=tmp_path).encode()))
    for read in (read_radiograph, file_hash):
        with pytest.raises(UnreadableFilm, match="outside its own folder"):
            read(film)


def test_a_header_of_many_files_is_no_film(tmp_path: Path) -> None:
    film = write(tmp_path / "a.mhd")
    film.write_bytes(film.read_bytes().replace(b"a.raw", b"LIST\na.raw\nb.raw"))
    with pytest.raises(UnreadableFilm, match="several files"):
        file_hash(film)


@pytest.mark.parametrize("name", ["a.mhd", "a.nii.gz", "a.nrrd"])
def test_a_name_that_is_not_utf8_is_read_like_any_other(tmp_path: Path, name: str) -> None:
    film = write(tmp_path / name)
    expected = read_radiograph(film).pixels
    strange = film.rename(tmp_path / os.fsdecode(b"caf\xe9" + name[1:].encode()))
    assert (read_radiograph(strange).pixels == expected).all()
