"""Which files are measured and what they are called."""

from __future__ import annotations

import os
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from radcaliper.pipelines.reading.archives import as_file
from radcaliper.pipelines.results.names import mask_folder, overlay_place, spelled
from radcaliper.pipelines.results.store import ResultStore
from radcaliper.pipelines.running.discover import NothingThere, find_films
from radcaliper.pipelines.running.film_list import FilmList


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\0x")
    return path


def names(*paths: Path, out: Path) -> list[str]:
    return [film.image for film in find_films(paths, out).films]


def test_folders_are_searched_and_out_is_not(tmp_path: Path) -> None:
    for name in ("a.png", "b/a.png", "b/no_extension", "out/overlays/a.png", "b/readme.txt"):
        touch(tmp_path / name)
    found = find_films([tmp_path], tmp_path / "out")
    assert [film.image for film in found.films] == ["a.png", "b/a.png", "b/no_extension"]
    assert found.passed_over == 1


def test_a_link_to_a_folder_above_is_no_trap(tmp_path: Path) -> None:
    touch(tmp_path / "a.png")
    (tmp_path / "above").symlink_to(tmp_path)
    assert names(tmp_path, out=tmp_path / "out") == ["a.png"]


def test_a_file_by_itself_has_its_name(tmp_path: Path) -> None:
    assert names(touch(tmp_path / "x" / "film.dcm"), out=tmp_path / "out") == ["film.dcm"]


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_several_folders_are_prefixed_and_told_apart_by_content_on_a_clash(tmp_path: Path) -> None:
    wards = [write(tmp_path / folder / "ward" / "a.png", folder.encode()).parent for folder in ("one", "two")]
    suffixes = [sha256(content).hexdigest()[:8] for content in (b"one", b"two")]
    expected = [f"ward/a_{suffix}.png" for suffix in suffixes]
    assert names(*wards, out=tmp_path / "out") == expected
    assert names(*wards[::-1], out=tmp_path / "out") == expected[::-1]


def test_files_of_one_name_are_told_apart_by_content(tmp_path: Path) -> None:
    files = [write(tmp_path / folder / "a.png", folder.encode()) for folder in "xy"]
    found = names(*files, out=tmp_path / "out")
    assert found == [f"a_{sha256(content).hexdigest()[:8]}.png" for content in (b"x", b"y")]
    same = [write(tmp_path / folder / "b.png", b"x") for folder in "xy"]
    assert len(set(names(*same, out=tmp_path / "out"))) == 2


def test_a_file_that_is_given_twice_is_measured_once(tmp_path: Path) -> None:
    file = touch(tmp_path / "films" / "a.png")
    assert names(tmp_path / "films", file, out=tmp_path / "out") == ["films/a.png"]


def test_results_of_an_earlier_run_are_not_searched(tmp_path: Path) -> None:
    touch(tmp_path / "a.png")
    out = tmp_path / "older"
    touch(out / "overlays" / "a.png.png")
    ResultStore(out / "results.sqlite").close()
    found = find_films([tmp_path], tmp_path / "out")
    assert [film.image for film in found.films] == ["a.png"]
    assert found.results == (out,)


AWFUL = {
    b"=cmd.png": "./=cmd.png",
    b"caf\xe9.png": "caf%E9.png",
    b"two\rlines.png": "two%0Dlines.png",
    b"100%25.png": "100%2525.png",
    b"-1\n.png": "./-1%0A.png",
}


@pytest.mark.parametrize(("name", "spelling"), AWFUL.items(), ids=AWFUL.values())
def test_awful_names_have_one_spelling(tmp_path: Path, name: bytes, spelling: str) -> None:
    touch(tmp_path / os.fsdecode(name))
    assert names(tmp_path, out=tmp_path / "out") == [spelling]
    assert spelling.encode() == spelling.encode("ascii")


@given(st.lists(st.binary(min_size=1, max_size=8).filter(lambda name: not set(name) & {0, 47}), min_size=2, max_size=2))
def test_no_two_names_are_spelled_alike(pair: list[bytes]) -> None:
    one, other = (spelled(os.fsdecode(name)) for name in pair)
    assert (one == other) == (pair[0] == pair[1])
    assert not any(ord(letter) < 32 for letter in one)
    assert one[0] not in "=+-@"


def test_a_name_that_is_too_long_for_its_files_is_shortened_with_its_hash() -> None:
    long = "ä" * 125 + "1.png"  # 255 bytes: the longest that a file system takes
    place = overlay_place(f"ward/{long}")
    name = place.removeprefix("overlays/ward/")
    assert name.endswith(".png")
    assert len(name.encode()) <= 255
    assert name != overlay_place(f"ward/{'ä' * 125}2.png").removeprefix("overlays/ward/")
    assert mask_folder(long) == f"masks/{long}"
    assert all(len(part.encode()) <= 255 for part in overlay_place("%E9" * 255).split("/"))
    assert len(mask_folder("/".join(["x" * 200] * 15)).encode()) < 255


def test_a_film_and_a_folder_named_like_its_overlay_are_told_apart(tmp_path: Path) -> None:
    files = [write(tmp_path / name, b"\0" + name.encode()) for name in ("a", "a.png/b.dcm")]
    found = names(tmp_path, out=tmp_path / "out")
    assert found == [f"a_{sha256(files[0].read_bytes()).hexdigest()[:8]}", "a.png/b.dcm"]


def archive(path: Path, *members: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for member in members:
            packed.writestr(member, b"\0" + member.encode())
    return path


def test_films_in_an_archive_are_named_through_it(tmp_path: Path) -> None:
    packed = archive(tmp_path / "films" / "ward.zip", "b/film.dcm", "a.png", "readme.txt", "__MACOSX/._a.png")
    found = find_films([packed], tmp_path / "out")
    assert [film.image for film in found.films] == ["ward.zip/a.png", "ward.zip/b/film.dcm"]
    assert found.passed_over == 2
    assert names(tmp_path / "films", out=tmp_path / "out") == ["ward.zip/a.png", "ward.zip/b/film.dcm"]
    assert names(packed / "a.png", out=tmp_path / "out") == ["ward.zip/a.png"]
    with as_file(found.films[1].path) as file:
        assert file.read_bytes() == b"\0b/film.dcm"
    assert not file.exists()


def test_an_archive_leads_nowhere_else(tmp_path: Path) -> None:
    packed = archive(tmp_path / "evil.zip", "../../etc/a.png", "/root/b.png")
    found = find_films([packed], tmp_path / "out").films
    assert [film.image for film in found] == ["evil.zip/etc/a.png", "evil.zip/root/b.png"]
    with as_file(found[0].path) as file:
        assert file.read_bytes() == b"\0../../etc/a.png"


def test_a_damaged_archive_has_its_own_row(tmp_path: Path) -> None:
    packed = archive(tmp_path / "films" / "cut.zip", "a.png")
    packed.write_bytes(packed.read_bytes()[:-10])
    found = find_films([packed], tmp_path / "out")
    assert [film.image for film in found.films] == ["cut.zip"]


def test_a_list_names_films_by_their_places_beside_it(tmp_path: Path) -> None:
    for name in ("study/a.png", "study/more/b.png", "elsewhere/c.png"):
        touch(tmp_path / name)
    films = tmp_path / "study" / "list.txt"
    films.write_text(f"\ufeffa.png\r\n\n# a remark\nmore\n../elsewhere/c.png\n{tmp_path}/study/a.png\ngone.png\n")
    expected = ["a.png", "more/b.png", "elsewhere/c.png", "gone.png"]
    assert names(Path(f"@{films}"), out=tmp_path / "out") == expected
    with pytest.raises(NothingThere, match="list of films"):
        names(Path(f"@{tmp_path}/none.txt"), out=tmp_path / "out")


def test_a_quoted_pattern_names_films_by_their_places_below_its_plain_part(tmp_path: Path) -> None:
    for name in ("films/x/1.png", "films/x/2.dcm", "films/y/z/3.png"):
        touch(tmp_path / name)
    assert names(tmp_path / "films" / "*" / "*.png", out=tmp_path / "out") == ["x/1.png"]
    assert names(tmp_path / "films" / "**" / "*.png", out=tmp_path / "out") == ["x/1.png", "y/z/3.png"]
    assert names(tmp_path / "films" / "[y]", out=tmp_path / "out") == ["y/z/3.png"]
    with pytest.raises(NothingThere, match="no file matches"):
        names(tmp_path / "films" / "*.nii", out=tmp_path / "out")


def dicomdir(folder: Path, *places: list[str]) -> Path:
    """A DICOM directory of images at places below its folder, and of a report."""
    records = []
    for kind, place in [("PATIENT", None), *(("IMAGE", place) for place in places), ("SR DOCUMENT", ["REPORT"])]:
        record = Dataset()
        record.DirectoryRecordType = kind
        record.ReferencedFileID = place
        records.append(record)
    directory = Dataset()
    directory.file_meta = FileMetaDataset()
    directory.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    directory.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    directory.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    directory.DirectoryRecordSequence = records
    directory.save_as(folder / "DICOMDIR", enforce_file_format=True)
    return folder / "DICOMDIR"


@pytest.mark.filterwarnings("ignore:Invalid value")
def test_a_dicomdir_stands_for_the_films_that_it_refers_to(tmp_path: Path) -> None:
    for name in ("IMAGES/A1", "images_not_listed", "IMAGES/b2"):
        touch(tmp_path / name)
    directory = dicomdir(tmp_path, ["IMAGES", "A1"], ["IMAGES", "B2"], ["..", "etc"])
    found = find_films([directory], tmp_path / "out").films
    assert [(film.image, film.path) for film in found] == [
        ("IMAGES/A1", tmp_path / "IMAGES" / "A1"),
        ("IMAGES/B2", tmp_path / "IMAGES" / "b2"),
    ]


def test_shards_are_disjoint_whole_and_do_not_depend_on_other_films() -> None:
    files = [(f"{number}.png", Path(f"/films/{number}.png")) for number in range(100)]

    def shard(index: int, films: list[tuple[str, Path]]) -> set[str]:
        chosen = FilmList(films)
        chosen.keep_shard(index, 3)
        return {film.image for film in chosen}

    shards = [shard(index, files) for index in range(3)]
    assert sorted(name for each in shards for name in each) == sorted(name for name, _ in files)
    assert all(15 < len(each) < 55 for each in shards)
    assert shard(0, files[:50]) == {name for name, _ in files[:50]} & shards[0]


def test_the_first_films_are_kept() -> None:
    films = FilmList((f"{number}.png", Path(f"/films/{number}.png")) for number in range(10))
    films.keep_first(3)
    assert [film.image for film in films] == ["0.png", "1.png", "2.png"]
    films.keep_first(5)
    assert len(films) == 3
    assert films[-1].image == "2.png"
