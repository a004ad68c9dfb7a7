"""Which files are measured and what they are called."""

from __future__ import annotations

from pathlib import Path

from radcaliper.pipelines.running.discover import find_films


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


def test_several_folders_are_prefixed_and_numbered_on_a_clash(tmp_path: Path) -> None:
    for name in ("one/ward/a.png", "two/ward/a.png"):
        touch(tmp_path / name)
    found = names(tmp_path / "one" / "ward", tmp_path / "two" / "ward", out=tmp_path / "out")
    assert found == ["ward/a.png", "ward_2/a.png"]


def test_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    files = [touch(tmp_path / folder / "a.png") for folder in "xy"]
    assert names(*files, out=tmp_path / "out") == ["a.png", "a_2.png"]
