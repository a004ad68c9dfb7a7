"""Nothing is lost and nothing mixed up, whatever the machine, the names or other people do: docs/reliability.md."""

from __future__ import annotations

import csv
import io
import logging
import os
import re
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from radcaliper.measurements.catalog import measurements_of, with_sites
from radcaliper.measurements.types import Analysis, Measurement, NotMeasurable, Radiograph
from radcaliper.models.registry import BUNDLES, LIST_SHA256, Bundle, list_of_hashes
from radcaliper.pipelines.cli import app
from radcaliper.pipelines.protocols.measuring import measure_masks, on_masks
from radcaliper.pipelines.protocols.own import measuring
from radcaliper.pipelines.results.schema import VERSION
from radcaliper.pipelines.results.store import ResultStore
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.export import write_reviewed_masks, write_reviewed_tables
from radcaliper.pipelines.review.folder import ResultsFolder
from radcaliper.pipelines.review.journal import Decision, Review, ReviewConflict
from radcaliper.pipelines.review.remeasure import remeasure
from radcaliper.pipelines.running.lock import owned

RATIO = "cardiothoracic_ratio"


def numbers(masks: dict[str, np.ndarray], film: Radiograph) -> Iterator[Measurement]:
    """The chest numbers of drawn masks, in the film's own unit."""
    for spec, site in with_sites(on_masks(measurements_of("chest"))):
        try:
            measured = measure_masks(spec, site, masks, film.grid)
        except NotMeasurable as refusal:
            yield Measurement.refused(spec, site, "mask", refusal.reason)
        else:
            yield Measurement.of(measured, (measured.value - 2, measured.value + 2), "", ())


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, chest_analysis: Analysis) -> None:
    """Every film is measured as the drawn chest, without a network: what is tested here is all the rest."""

    def analyse(image: str, film: Radiograph, protocol: str, rules: object) -> Analysis:
        measured = tuple(numbers(chest_analysis.prediction.masks, film))
        return replace(chest_analysis, image=image, radiograph=film, measurements=measured)

    monkeypatch.setattr(measuring, "analyse", analyse)


def write_film(path: Path, grey: int = 100) -> Path:
    """A film of the drawn chest's size; another grey is another film."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = np.linspace(0, 100, 300)[:, None]
    content = cv2.imencode(".png", (rows + np.linspace(0, grey, 400)).astype(np.uint8))[1].tobytes()
    path.write_bytes(content)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["measure", *map(str, arguments)])


def table(out: Path, name: str = "measurements") -> list[dict[str, str]]:
    with (out / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def row_of(out: Path, image: str, measurement: str = RATIO) -> dict[str, str]:
    return next(row for row in table(out) if (row["image"], row["measurement"]) == (image, measurement))


def film_row(out: Path, image: str) -> dict[str, str]:
    return next(row for row in table(out, "images") if row["image"] == image)


def sign(out: Path, image: str, comment: str = "") -> Review:
    """Correct the heart of a film and sign it."""
    folder = ResultsFolder(out)
    film = folder.open_film(image, "Ada")
    heart = film.analysis.prediction.masks["heart"].copy()
    heart[185:195, 255:290] = True
    edits = Edits().with_mask("heart", heart)
    review = Review(image, film.sha256, Decision.CORRECTED, "Ada", comment, edits)
    write_reviewed_masks(folder, folder.sign(film, review, remeasure(film.analysis, edits).measurements))
    write_reviewed_tables(folder)
    return review


def file_contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# What a person signed


def test_a_correction_never_stands_beside_another_film(tmp_path: Path, drawn: None) -> None:
    films, out = tmp_path / "films", tmp_path / "out"
    write_film(films / "a.png")
    assert run(films, "-o", out).exit_code == 0
    sign(out, "a.png")
    signed = row_of(out, "a.png")
    assert signed["corrected_value"] != ""
    first = (films / "a.png").read_bytes()
    write_film(films / "a.png", 150)
    done = run(films, "-o", out)
    assert "another file than before has the name: a.png" in done.stderr
    assert "stale_correction: a.png" in done.stderr
    row = row_of(out, "a.png")
    assert [row[name] for name in ("corrected_value", "reviewer", "reviewed_at", "comment")] == [""] * 4
    assert row["reasons"].split(";") == ["stale_correction"]
    assert "stale_correction" in film_row(out, "a.png")["reasons"]
    assert table(out, "corrected/reviews")[0]["reasons"] == "stale_correction"
    assert not (out / "corrected" / "masks" / "a.png").exists()
    folder = ResultsFolder(out)
    opened = folder.open_film("a.png", "Bea")
    assert not opened.edits
    assert opened.signed is None
    assert "Ada corrected another file of this name" in opened.stale
    assert [(item.done, item.stale) for item in folder.worklist()] == [(False, True)]
    (films / "a.png").write_bytes(first)
    assert run(films, "-o", out).exit_code == 0
    assert row_of(out, "a.png") == signed
    assert (out / "corrected" / "masks" / "a.png" / "heart.png").is_file()


def test_a_second_folder_of_equal_names_is_told_and_takes_no_signature(tmp_path: Path, drawn: None) -> None:
    out = tmp_path / "out"
    for folder, grey in (("one", 100), ("two", 150)):
        write_film(tmp_path / folder / "a.png", grey)
    run(tmp_path / "one", "-o", out)
    sign(out, "a.png")
    done = run(tmp_path / "two", "-o", out)
    assert "another file than before" in done.stderr
    assert row_of(out, "a.png")["corrected_value"] == ""


def test_a_correction_in_pixels_never_stands_beside_millimetres(tmp_path: Path, drawn: None) -> None:
    film, out = write_film(tmp_path / "a.png"), tmp_path / "out"
    run(film, "-o", out)
    sign(out, "a.png")
    assert row_of(out, "a.png", "heart_width")["unit"] == "px"
    ratio = row_of(out, "a.png")["corrected_value"]
    for spacing in ("0.2", "0.3"):
        done = run(film, "-o", out, "--spacing", spacing)
        assert "stale_correction: a.png" in done.stderr
        width = row_of(out, "a.png", "heart_width")
        assert (width["unit"], width["corrected_value"], width["reasons"]) == ("mm", "", "stale_correction")
        assert row_of(out, "a.png")["corrected_value"] == ratio
        assert ResultsFolder(out).worklist()[0].stale
    sign(out, "a.png")
    assert row_of(out, "a.png", "heart_width")["corrected_value"] != ""
    run(film, "-o", out, "--spacing", "0.2")
    assert row_of(out, "a.png", "heart_width")["reasons"] == "stale_correction"


def test_who_opened_a_film_that_was_replaced_meanwhile_cannot_sign_the_other_one(tmp_path: Path, drawn: None) -> None:
    film, out = write_film(tmp_path / "a.png"), tmp_path / "out"
    run(film, "-o", out)
    folder = ResultsFolder(out)
    opened = folder.open_film("a.png", "Ada")
    write_film(film, 150)
    run(film, "-o", out)
    with pytest.raises(ReviewConflict, match="from another file"):
        folder.sign(opened, Review("a.png", opened.sha256, Decision.ACCEPTED, "Ada"), ())


def test_fresh_keeps_the_rows_until_the_new_ones_are_there(
    tmp_path: Path, drawn: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    films, out = tmp_path / "films", tmp_path / "out"
    for number in range(3):
        write_film(films / f"{number}.png", 100 + number)
    run(films, "-o", out)
    before = table(out)

    def too_little(*_: object) -> Analysis:
        raise MemoryError

    monkeypatch.setattr(measuring, "analyse", too_little)
    assert run(films, "-o", out, "--fresh").exit_code == 3
    assert table(out) == before


def test_rows_of_a_film_that_is_gone_stay_and_are_marked(tmp_path: Path, drawn: None) -> None:
    films, out = tmp_path / "films", tmp_path / "out"
    for name in "ab":
        write_film(films / f"{name}.png")
    run(films, "-o", out)
    (films / "a.png").rename(tmp_path / "a.png")
    done = run(films, "-o", out)
    assert "1 films of earlier runs are gone" in done.stderr
    assert film_row(out, "a.png")["reasons"] == "source_missing"
    assert row_of(out, "a.png")["value"] != ""
    (tmp_path / "a.png").rename(films / "a.png")
    run(films, "-o", out)
    assert film_row(out, "a.png")["reasons"] == ""


def test_one_run_at_a_time_owns_a_folder_and_reviewers_go_on(tmp_path: Path, drawn: None) -> None:
    film, out = write_film(tmp_path / "a.png"), tmp_path / "out"
    run(film, "-o", out)
    before = table(out)
    with owned(out):
        second = run(film, "-o", out, "--fresh")
        sign(out, "a.png")
    assert second.exit_code == 3
    assert re.search(r"by \S+ on \S+ \(process \d+\) since \d{4}-\d\d-\d\d", second.stderr)
    assert [row["value"] for row in table(out)] == [row["value"] for row in before]
    assert run(film, "-o", out).exit_code == 0


def test_a_busy_database_is_waited_for_with_a_word(
    tmp_path: Path, drawn: None, caplog: pytest.LogCaptureFixture
) -> None:
    film, out = write_film(tmp_path / "a.png"), tmp_path / "out"
    run(film, "-o", out)
    other = sqlite3.connect(out / "results.sqlite", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    waiting = Thread(target=sign, args=(out, "a.png"))
    with caplog.at_level(logging.WARNING):
        waiting.start()
        waiting.join(4)
        assert waiting.is_alive()
        other.execute("COMMIT")
        waiting.join(30)
    other.close()
    assert "busy" in caplog.text
    assert row_of(out, "a.png")["reviewer"] == "Ada"


def test_a_newer_schema_is_refused_and_untouched(tmp_path: Path, drawn: None) -> None:
    film, out = write_film(tmp_path / "a.png"), tmp_path / "out"
    run(film, "-o", out)
    with sqlite3.connect(out / "results.sqlite") as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")
    database.close()
    before = file_contents(out)
    done = run(film, "-o", out)
    assert done.exit_code == 2
    assert "newer radcaliper" in done.stderr
    assert file_contents(out) == before


# Faults are no verdicts


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 600 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", folder], check=False).returncode != 0:
        pytest.skip("no file system can be mounted here: only root may")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_stops_the_run_and_condemns_no_film(tmp_path: Path, small_disk: Path, drawn: None) -> None:
    films, out = tmp_path / "films", small_disk / "out"
    for number in range(40):
        write_film(films / f"{number:02d}.png", 60 + number)
    done = run(films, "-o", out, "--workers", 1)
    assert done.exit_code == 3
    assert "o space left on device" in done.stderr or "disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    with sqlite3.connect(out / "results.sqlite") as database:
        kept = dict(database.execute("SELECT image, status FROM images"))
    database.close()
    assert 0 < len(kept) < 40
    assert set(kept.values()) == {"ok"}
    assert not list(out.rglob("*.part"))
    subprocess.run(["mount", "-o", "remount,size=50m", small_disk], check=True)
    done = run(films, "-o", out)
    assert done.exit_code == 0
    assert {row["status"] for row in table(out, "images")} == {"ok"}
    assert len(table(out, "images")) == 40
    for row in table(out, "images"):
        assert cv2.imread(str(out / "masks" / row["image"] / "heart.png")).any()


def test_a_file_in_place_of_a_folder_stops_the_run(tmp_path: Path, drawn: None) -> None:
    films, out = tmp_path / "films", tmp_path / "out"
    write_film(films / "a.png")
    run(films, "-o", out)
    shutil.rmtree(out / "overlays")
    (out / "overlays").write_text("in the way")
    done = run(films, "-o", out)
    assert done.exit_code == 3
    assert "overlays" in done.stderr
    assert film_row(out, "a.png")["status"] == "ok"
    (out / "overlays").unlink()
    assert run(films, "-o", out).exit_code == 0
    assert (out / "overlays" / "a.png.png").is_file()


def test_a_damaged_engine_file_stops_the_run_before_the_first_film(
    tmp_path: Path, drawn: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, out = write_film(tmp_path / "a.png"), tmp_path / "out"
    shutil.copytree(BUNDLES["chest_anatomy"].folder, tmp_path / "chest_anatomy")
    bundle = Bundle("chest_anatomy", tmp_path / "chest_anatomy")
    monkeypatch.setitem(BUNDLES, "chest_anatomy", bundle)
    content = bundle.engine_file.read_bytes()
    for damaged in (content[:-1] + bytes([content[-1] ^ 1]), content[:1000], None):
        bundle.engine_file.unlink() if damaged is None else bundle.engine_file.write_bytes(damaged)
        done = run(film, "-o", out)
        assert done.exit_code == 3
        assert "engine file of chest_anatomy" in done.stderr
        assert not (out / "images.csv").exists()
    bundle.engine_file.write_bytes(content)
    assert run(film, "-o", out).exit_code == 0


def test_the_list_of_weights_is_this_version_s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from hashlib import sha256

    assert sha256(list_of_hashes().encode()).hexdigest() == LIST_SHA256, "put this hash in models/registry.py"
    shutil.copytree(BUNDLES["hip_femur"].folder, tmp_path / "hip_femur")
    metadata = tmp_path / "hip_femur" / "configs" / "metadata.json"
    metadata.write_text(re.sub(r'("weights_sha256": ")[0-9a-f]{4}', r"\g<1>0000", metadata.read_text()))
    monkeypatch.setitem(BUNDLES, "hip_femur", Bundle("hip_femur", tmp_path / "hip_femur"))
    done = run(write_film(tmp_path / "a.png"), "-o", tmp_path / "out")
    assert done.exit_code == 3
    assert "list of weights" in done.stderr


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")],
    ids=["Python's", "torch's"],
)
def test_too_little_memory_stops_the_run(
    tmp_path: Path, drawn: None, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    films, out = tmp_path / "films", tmp_path / "out"
    for name in "abc":
        write_film(films / f"{name}.png")
    real = measuring.analyse

    def analyse(image: str, *rest: object) -> Analysis:
        if image == "b.png":
            raise error
        return real(image, *rest)

    monkeypatch.setattr(measuring, "analyse", analyse)
    done = run(films, "-o", out, "--workers", 1)
    assert done.exit_code == 3
    assert "too little memory, at b.png" in done.stderr
    assert "b.png" not in {row["image"] for row in table(out, "images")}
    monkeypatch.setattr(measuring, "analyse", real)
    assert run(films, "-o", out).exit_code == 0


def test_an_unexpected_error_is_tried_again_and_its_words_are_told_to_nobody(
    tmp_path: Path, drawn: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, out, log = write_film(tmp_path / "a.png"), tmp_path / "out", tmp_path / "run.log"
    real = measuring.analyse

    words = "invalid literal: {}^JANE".format("DOE")

    def broken(*_: object) -> Analysis:
        raise ValueError(words)

    monkeypatch.setattr(measuring, "analyse", broken)
    done = run(film, "-o", out, "--log", log, "--verbose")
    assert done.exit_code == 1
    row = film_row(out, "a.png")
    assert (row["status"], row["reasons"]) == ("failed", "internal_error")
    assert "ValueError" in row["error"]
    kept = log.read_text(encoding="utf-8")
    assert "in broken" in kept
    told = done.stderr + kept + "".join(map(str, file_contents(out).values()))
    assert "DOE" not in told
    assert "Traceback" not in done.stderr
    assert "in broken" not in done.stderr
    monkeypatch.setattr(measuring, "analyse", real)
    assert run(film, "-o", out).exit_code == 0
    assert film_row(out, "a.png")["status"] == "ok"


def test_a_film_that_cannot_be_read_is_read_again_when_asked(tmp_path: Path, drawn: None) -> None:
    film, out = tmp_path / "a.png", tmp_path / "out"
    film.write_bytes(b"Dear colleague")
    for more, measured in (((), 1), ((), 0), (("--retry-failed",), 1)):
        assert run(film, "-o", out, *more).exit_code == 1
        assert f'"films_measured": {measured}' in (out / "run.json").read_text()


def test_pictures_that_are_missing_are_made_again(tmp_path: Path, drawn: None) -> None:
    films, out = tmp_path / "films", tmp_path / "out"
    for name in "abc":
        write_film(films / f"{name}.png")
    run(films, "-o", out)
    before = file_contents(out / "masks") | file_contents(out / "overlays")
    (out / "masks" / "a.png" / "heart.png").unlink()
    (out / "overlays" / "b.png.png").unlink()
    run(films, "-o", out)
    assert file_contents(out / "masks") | file_contents(out / "overlays") == before
    assert '"films_measured": 2' in (out / "run.json").read_text()


def test_pictures_of_what_a_film_was_before_are_removed(tmp_path: Path, drawn: None) -> None:
    film, out = write_film(tmp_path / "a.png"), tmp_path / "out"
    run(film, "-o", out)
    run(film, "-o", out, "--masks", "rle")
    assert [path.name for path in (out / "masks").rglob("*.*") if path.is_file()] == ["masks.json"]
    film.write_bytes(b"Dear colleague")
    run(film, "-o", out)
    assert [path for folder in ("masks", "overlays") for path in (out / folder).rglob("*") if path.is_file()] == []


def test_a_film_named_like_a_folder_leaves_the_folder_s_masks_alone(tmp_path: Path, drawn: None) -> None:
    inside = write_film(tmp_path / "two" / "ward" / "a.png")
    beside = write_film(tmp_path / "one" / "ward")
    out = tmp_path / "out"
    for _ in range(2):
        assert run(beside, inside.parent, "-o", out, "--fresh").exit_code == 0
        assert (out / "masks" / "ward" / "heart.png").is_file()
        assert (out / "masks" / "ward" / "a.png" / "heart.png").is_file()
    beside.write_bytes(b"Dear colleague")
    run(beside, inside.parent, "-o", out)
    assert not (out / "masks" / "ward" / "heart.png").exists()
    assert (out / "masks" / "ward" / "a.png" / "heart.png").is_file()


def test_the_report_survives_any_row_and_any_picture(tmp_path: Path, drawn: None) -> None:
    films, out = tmp_path / "films", tmp_path / "out"
    for name in "abc":
        write_film(films / f"{name}.png")
    run(films, "-o", out)
    overlay = out / "overlays" / "a.png.png"
    overlay.write_bytes(overlay.read_bytes()[:500])
    (out / "overlays" / "b.png.png").write_bytes(b"")
    with sqlite3.connect(out / "results.sqlite") as database:
        database.execute("UPDATE images SET reasons = 'of_tomorrow', status = 'pending' WHERE image = 'a.png'")
        database.execute("UPDATE measurements SET lower = NULL, upper = 'x', value = 'much' WHERE image = 'b.png'")
        database.execute("UPDATE structures SET quality = 'good', reasons = 'of_tomorrow'")
    database.close()
    (out / "report.html").unlink()  # else it is left alone, as no program of ours changed the rows
    assert run(films, "-o", out).exit_code in (0, 1)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "of_tomorrow" in page
    assert "much" in page


# What files are called


def test_awful_names_are_measured_and_stand_in_one_row_each(tmp_path: Path, drawn: None) -> None:
    films, out = tmp_path / "films", tmp_path / "out"
    films.mkdir()
    awful = [b"caf\xe9.png", b"x" * 251 + b".png", b"two\rlines.png", b"=1+1.png", b"@50%25\n.png", b"-\xff\xfe.png"]
    for number, name in enumerate(awful):
        write_film(films / "plain", 100 + number).rename(films / os.fsdecode(name))
    assert run(films, "-o", out).exit_code == 0
    content = (out / "images.csv").read_bytes().decode("utf-8")
    assert len(content.splitlines()) == len(awful) + 1
    expected = {"caf%E9.png", "x" * 251 + ".png", "two%0Dlines.png", "./=1+1.png", "./@50%2525%0A.png", "./-%FF%FE.png"}
    assert {row["image"] for row in csv.DictReader(io.StringIO(content))} == expected
    assert len(list((out / "overlays").iterdir())) == len(awful)
    for name in expected:
        assert ResultsFolder(out).open_film(name, "").analysis.prediction.masks["heart"].any()
    assert (out / "masks" / "=1+1.png" / "heart.png").is_file()


def test_words_of_people_are_one_cell_and_no_formula(tmp_path: Path, drawn: None) -> None:
    film, out = write_film(tmp_path / "a.png"), tmp_path / "out"
    run(film, "-o", out)
    sign(out, "a.png", "=HYPERLINK(1)\r\nsecond line")
    assert row_of(out, "a.png")["comment"] == "'=HYPERLINK(1) second line"
    assert table(out, "corrected/reviews")[0]["comment"] == "'=HYPERLINK(1) second line"
    assert "\r" not in (out / "measurements.csv").read_bytes().decode()
    negative = [row for row in table(out) if row["lower"].startswith("-")]
    assert all(float(row["lower"]) < 0 for row in negative)
    assert negative


def test_relative_paths_are_kept_as_given_and_found_again(
    tmp_path: Path, drawn: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_film(tmp_path / "study" / "films" / "a.png")
    monkeypatch.chdir(tmp_path / "study")
    assert run("films", "-o", "results").exit_code == 0
    monkeypatch.chdir(tmp_path)
    with sqlite3.connect(tmp_path / "study" / "results" / "results.sqlite") as database:
        assert database.execute("SELECT path FROM sources").fetchall() == [("films/a.png",)]
    database.close()
    assert ResultsFolder(Path("study/results")).open_film("a.png", "").analysis.image == "a.png"
    (tmp_path / "study").rename(tmp_path / "moved")
    assert ResultsFolder(tmp_path / "moved" / "results").open_film("a.png", "").analysis.image == "a.png"


@pytest.mark.parametrize("name", ["measurements.csv", "results.sqlite", "masks/heart.png", "report.html"])
def test_a_folder_of_others_is_refused_and_untouched(tmp_path: Path, drawn: None, name: str) -> None:
    film, out = write_film(tmp_path / "a.png"), tmp_path / "out"
    (out / name).parent.mkdir(parents=True)
    (out / name).write_bytes(b"somebody's work")
    before = file_contents(out)
    done = run(film, "-o", out)
    assert done.exit_code == 2
    assert name.split("/", maxsplit=1)[0] in done.stderr
    assert file_contents(out) == before


def test_another_program_s_database_is_refused_and_untouched(tmp_path: Path, drawn: None) -> None:
    film, out = write_film(tmp_path / "a.png"), tmp_path / "out"
    out.mkdir()
    with sqlite3.connect(out / "results.sqlite") as database:
        database.execute("CREATE TABLE images (name)")
    database.close()
    before = file_contents(out)
    assert run(film, "-o", out).exit_code == 2
    assert file_contents(out) == before


def test_the_folder_of_films_is_no_place_for_results(tmp_path: Path, drawn: None) -> None:
    write_film(tmp_path / "films" / "a.png")
    done = run(tmp_path / "films", "-o", tmp_path / "films")
    assert done.exit_code == 2
    assert "is the folder of films itself" in done.stderr
    assert [path.name for path in (tmp_path / "films").iterdir()] == ["a.png"]


# What must not leak


def test_files_follow_the_umask(tmp_path: Path, drawn: None) -> None:
    film = write_film(tmp_path / "a.png")
    for umask, expected in ((0o002, 0o664), (0o077, 0o600)):
        out = tmp_path / f"out_{umask:o}"
        former = os.umask(umask)
        try:
            run(film, "-o", out, "--log", out.with_suffix(".log"))
            sign(out, "a.png")
        finally:
            os.umask(former)
        found = {path: stat.S_IMODE(path.stat().st_mode) for path in out.rglob("*") if path.is_file()}
        assert {path: mode for path, mode in found.items() if mode != expected} == {}


@pytest.fixture
def signed_before(tmp_path: Path, drawn: None) -> Callable[[], Path]:
    """The database of a results folder as radcaliper 0.1.0 would have left it, with a signed correction."""

    def make() -> Path:
        out = tmp_path / "out"
        run(write_film(tmp_path / "a.png"), "-o", out)
        sign(out, "a.png", "seen")
        store = ResultStore(out / "results.sqlite")
        store.close()
        with sqlite3.connect(out / "results.sqlite", isolation_level=None) as database:
            for statement in AS_VERSION_1:
                database.execute(statement)
        database.close()
        return out

    return make


AS_VERSION_1 = (
    "ALTER TABLE corrections RENAME TO now",
    "CREATE TABLE corrections (image, measurement, site, method, corrected_value, reviewer, reviewed_at, comment,"
    " PRIMARY KEY (image, measurement, site, method))",
    "INSERT INTO corrections SELECT image, measurement, site, method, corrected_value, reviewer, reviewed_at,"
    " now.comment FROM now JOIN reviews ON review = id",
    "CREATE TABLE corrected_details (image, measurement, site, method, corrected_details,"
    " PRIMARY KEY (image, measurement, site, method))",
    "DROP TABLE now",
    "ALTER TABLE images DROP COLUMN pictures",
    "ALTER TABLE sources DROP COLUMN base",
    "ALTER TABLE sources DROP COLUMN missing",
    "ALTER TABLE sources DROP COLUMN stamp",
    "PRAGMA application_id = 0",
    "PRAGMA user_version = 0",
)


def test_a_folder_of_version_1_keeps_its_signed_corrections(tmp_path: Path, signed_before: Callable[[], Path]) -> None:
    out = signed_before()
    before = table(out)
    assert run(tmp_path / "a.png", "-o", out).exit_code == 0
    assert table(out) == before
    assert run(tmp_path / "a.png", "-o", out, "--spacing", 0.2).exit_code == 0
    assert row_of(out, "a.png", "heart_width")["reasons"] == "stale_correction"
    write_film(tmp_path / "a.png", 150)
    assert run(tmp_path / "a.png", "-o", out).exit_code == 0
    assert row_of(out, "a.png")["corrected_value"] == ""


def test_an_older_folder_is_brought_up_to_date_whole_or_not_at_all(
    signed_before: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from radcaliper.pipelines.results import schema

    out = signed_before()
    with sqlite3.connect(out / "results.sqlite") as database:
        before = list(database.iterdump())
    monkeypatch.setattr(schema, "_MOVED", "INSERT INTO nowhere SELECT {unsure}")
    with pytest.raises(sqlite3.OperationalError):
        ResultStore(out / "results.sqlite")
    assert list(database.iterdump()) == before
    monkeypatch.undo()
    database.close()
    ResultStore(out / "results.sqlite").close()
    assert row_of(out, "a.png")["reviewer"] == "Ada"


def test_corrections_of_version_1_without_a_review_are_kept(signed_before: Callable[[], Path]) -> None:
    out = signed_before()
    with sqlite3.connect(out / "results.sqlite") as database:
        database.execute("DELETE FROM reviews")
        database.execute("DROP TABLE review_masks")
    database.close()
    store = ResultStore(out / "results.sqlite")
    row = next(row for row in store.rows("measurements") if row["measurement"] == RATIO)
    store.close()
    assert (row["reviewer"], row["comment"]) == ("Ada", "seen")
    assert row["corrected_value"] is not None


def test_a_hip_correction_of_version_1_follows_the_method_s_new_name(signed_before: Callable[[], Path]) -> None:
    out = signed_before()
    with sqlite3.connect(out / "results.sqlite", isolation_level=None) as database:
        database.execute(
            "INSERT INTO measurements (image, measurement, site, method, value, unit)"
            " VALUES ('a.png', 'ccd_angle', 'right', 'mask', 130, 'deg')"
        )
        database.execute(
            "INSERT INTO corrections VALUES"
            " ('a.png', 'ccd_angle', 'right', 'mask', 128, 'Ada', '2026-01-01T00:00:00+00:00', '')"
        )
    database.close()
    ResultStore(out / "results.sqlite").close()
    assert row_of_database(out, "measurements") == ("parts_and_mask", 130)
    assert row_of_database(out, "corrections") == ("parts_and_mask", 128)


def row_of_database(out: Path, name: str) -> tuple[str, float]:
    """Method and value of the one CCD angle in a table of the database."""
    value = {"measurements": "value", "corrections": "corrected_value"}[name]
    with sqlite3.connect(out / "results.sqlite") as database:
        (row,) = database.execute(f"SELECT method, {value} FROM {name} WHERE measurement = 'ccd_angle'")
    database.close()
    return row[0], row[1]
