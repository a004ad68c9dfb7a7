"""The report: every film, number and definition on one page that asks nobody for anything."""

from __future__ import annotations

import base64
import json
import re
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radcaliper.measurements.types import Analysis, Status, Unit
from radcaliper.pipelines.results.names import overlay_place, thumbnail_place
from radcaliper.pipelines.results.report.distributions import Distribution
from radcaliper.pipelines.results.report.page import report_page
from radcaliper.pipelines.results.rows import REVIEW_COLUMNS, Row, analysis_rows, unmeasured_rows
from radcaliper.pipelines.results.stored import StoredResult
from radcaliper.qc.reasons import REASONS


def stored(analysis: Analysis) -> StoredResult:
    rows = analysis_rows(analysis, "hash", 0.1)
    unsigned = dict.fromkeys(REVIEW_COLUMNS)
    return StoredResult(rows.image, rows.structures, tuple(row | unsigned for row in rows.measurements), rows.landmarks)


def failed(image: str) -> StoredResult:
    return StoredResult(unmeasured_rows(image, Status.FAILED, "", "cannot be read: cut off", "").image, (), (), ())


def with_value(film: StoredResult, measurement: str, **cells: Any) -> StoredResult:
    """The film with other cells in the rows of a measurement."""
    rows = tuple(row | cells if row["measurement"] == measurement else row for row in film.measurements)
    return replace(film, measurements=rows)


def named(film: StoredResult, image: str, status: str = "ok") -> StoredResult:
    rename = lambda rows: tuple(row | {"image": image} for row in rows)  # noqa: E731
    row: Row = film.row | {"image": image, "status": status}
    return StoredResult(row, rename(film.structures), rename(film.measurements), rename(film.landmarks))


class Page(HTMLParser):
    """What a page consists of: its elements with their attributes, and the text of each kind of element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.open.append(tag)
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]][-1] += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def films(self) -> list[dict[str, Any]]:
        return list(self.data["films"])

    @property
    def data(self) -> dict[str, Any]:
        return dict(json.loads(self.texts["script"][0]))


def page_of(films: list[StoredResult], out: Path) -> Page:
    return Page(report_page(films, out, {}))


@pytest.fixture
def films(chest_analysis: Analysis, spine_analysis: Analysis, hip_analysis: Analysis) -> list[StoredResult]:
    """A film of each protocol, a refused and a failed one."""
    film = replace(chest_analysis.radiograph, view="")
    facts = {"status": Status.REFUSED, "reasons": ("no_protocol",), "view": "lateral_spine"}
    refused = replace(chest_analysis, image="side.png", radiograph=film, **facts)
    doubtful = replace(chest_analysis, status=Status.REVIEW, reasons=("border_cut", "wide_interval"))
    measured = [stored(each) for each in (doubtful, spine_analysis, hip_analysis)]
    return [*measured, stored(refused), failed('<b>"cut" & off</b>.png')]


def test_films_stand_worst_first_with_reasons_in_words(films: list[StoredResult], tmp_path: Path) -> None:
    page = page_of(films, tmp_path)
    statuses = [film["status"] for film in page.films]
    assert statuses == ["failed", "refused", "review", "ok", "ok"]
    said = page.texts["p"]
    assert REASONS["border_cut"] in said
    assert REASONS["no_protocol"] in said
    assert "It looks like: lateral spine." in page.texts["small"]
    assert "cannot be read: cut off" in said


def test_a_name_is_text_whatever_is_in_it(films: list[StoredResult], tmp_path: Path) -> None:
    text = report_page(films, tmp_path, {})
    page = Page(text)
    assert "<b>" not in text.replace("<b>Lowest</b>", "").replace("<b>Highest</b>", "")
    assert page.films[0]["name"] == '<b>"cut" & off</b>.png'
    assert '<b>"cut" & off</b>.png' in page.texts["a"]


def test_nothing_but_the_page_s_own_script_and_style_runs(films: list[StoredResult], tmp_path: Path) -> None:
    text = report_page(films, tmp_path, {})
    page = Page(text)
    policy = next(each["content"] for each in page.all("meta") if each.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; img-src 'self' data:;")
    for tag, content in (("style", page.texts["style"][0]), ("script", page.texts["script"][1])):
        digest = base64.b64encode(sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"https?:|//[a-z]", re.sub(r"<script.*?</script>", "", text, flags=re.S))
    assert not [attributes for _, attributes in page.elements if any(name.startswith("on") for name in attributes)]
    assert not [attributes for _, attributes in page.elements if "style" in attributes]


def test_numbers_have_their_definition_of_the_catalog(films: list[StoredResult], tmp_path: Path) -> None:
    data = page_of(films, tmp_path).data
    assert data["definitions"]["ccd_angle"]["definition"].startswith("Caput-collum-diaphyseal (neck-shaft) angle")
    numbers = {number[0] for film in data["films"] for number in film["numbers"]}
    assert numbers == set(data["definitions"])
    assert all(each["label"] and each["definition"] for each in data["definitions"].values())
    codes = {code for film in data["films"] for number in film["numbers"] for code in number[8]}
    codes |= {code for film in data["films"] for mask in film["masks"] for code in mask[-1]}
    assert codes <= set(data["reasons"])


def test_main_numbers_are_columns(films: list[StoredResult], tmp_path: Path) -> None:
    page = page_of(films, tmp_path)
    heads = [text for text in page.texts["button"] if text]
    expected = ["Cardiothoracic ratio", "Cobb angle, curve 1", "CCD angle, right", "CCD angle, left"]
    assert [text for text in heads if text in expected] == expected
    chest = next(film for film in page.films if film["protocol"] == "chest" and film["status"] == "review")
    ratio = next(row for row in films[0].measurements if row["measurement"] == "cardiothoracic_ratio")
    assert chest["columns"] == [ratio["value"], None, None, None]


def test_a_corrected_value_counts_and_stands_beside_the_automatic_one(
    films: list[StoredResult], tmp_path: Path
) -> None:
    signed = with_value(films[0], "cardiothoracic_ratio", corrected_value=0.777, reviewer="Dr. <A>")
    (film,) = page_of([signed], tmp_path).films
    assert film["columns"] == [0.777]
    number = next(each for each in film["numbers"] if each[0] == "cardiothoracic_ratio")
    assert number[9] == "0.78 by Dr. <A>"
    assert number[4] != ""


def test_pictures_are_in_the_page_and_overlays_beside_it(films: list[StoredResult], tmp_path: Path) -> None:
    image = films[0].image
    for place, content in ((overlay_place(image), b"overlay"), (thumbnail_place(image), b"small")):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(content)
    page = page_of(films[:2], tmp_path)
    assert [each["src"] for each in page.all("img")] == [
        f"data:image/webp;base64,{base64.b64encode(b'small').decode()}"
    ]
    assert [film["overlay"] for film in page.films] == [overlay_place(image), ""]
    assert any(each.get("href") == overlay_place(image) for each in page.all("a"))
    (tmp_path / thumbnail_place(image)).unlink()
    assert [each["src"] for each in page_of(films[:2], tmp_path).all("img")] == [overlay_place(image)]


def test_what_is_asked_has_a_label_and_tables_have_heads(films: list[StoredResult], tmp_path: Path) -> None:
    text = report_page(films, tmp_path, {})
    page = Page(text)
    assert page.all("html") == [{"lang": "en"}]
    for tag in ("input", "select"):
        for match in re.finditer(rf"<{tag}\b", text):
            before = text[: match.start()]
            assert before.rindex("<label") > before.rindex("</label>") if "</label>" in before else "<label" in before
    assert all(each.get("scope") in ("col", "row") for each in page.all("th"))
    assert all("alt" in each for each in page.all("img"))
    sorts = [each["aria-sort"] for each in page.all("th") if "aria-sort" in each]
    assert sorts.count("ascending") == 1
    assert all(
        each.get("aria-label") or each.get("aria-labelledby") for each in page.all("dialog") + page.all("section")
    )
    bars = [each for each in page.all("g") if each.get("role") == "button"]
    assert bars
    assert all(each["tabindex"] == "0" and each["aria-label"] for each in bars)


def many(film: StoredResult, count: int) -> Iterator[StoredResult]:
    """So many films, every tenth for review, the ratio rising from 0.3."""
    for number in range(count):
        ratio = 0.3 + 0.5 * number / count
        yield with_value(
            named(film, f"ward/{number:05d}.png", "ok" if number % 10 else "review"),
            "cardiothoracic_ratio",
            value=ratio,
            lower=ratio - 0.02,
            upper=ratio + 0.02,
        )


def test_a_thousand_films_with_their_pictures_are_one_file_under_10_mb(
    films: list[StoredResult], tmp_path: Path
) -> None:
    picture = bytes(3300)  # those of 80 real films have 472 to 3714 bytes, 2150 on average
    (tmp_path / "thumbnails" / "ward").mkdir(parents=True)
    for number in range(1000):
        (tmp_path / thumbnail_place(f"ward/{number:05d}.png")).write_bytes(picture)
    text = report_page(many(films[0], 1000), tmp_path, {})
    assert len(text.encode()) < 10_000_000
    assert text.count("data:image/webp") == 1000


def test_of_more_films_the_worst_are_listed_and_all_are_counted(films: list[StoredResult], tmp_path: Path) -> None:
    picture = tmp_path / thumbnail_place("ward/00000.png")
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"small")
    page = page_of([*many(films[0], 3000), failed("cut off.png")], tmp_path)
    assert len(page.films) == 500
    assert [film["status"] for film in page.films[:302]] == ["failed", *["review"] * 300, "ok"]
    assert any("Not listed: 2501 ok." in " ".join(text.split()) for text in page.texts["p"])
    assert [each["src"] for each in page.all("img")] == [thumbnail_place("ward/00000.png")]
    counts = [int(each["aria-label"].split(": ")[1].split()[0]) for each in page.all("g") if each["data-number"] == "0"]
    assert sum(counts) == 3000


def test_memory_does_not_grow_with_the_number_of_films(films: list[StoredResult], tmp_path: Path) -> None:
    held = []

    def hips() -> Iterator[StoredResult]:
        for number in range(4501):
            if number in (3100, 4500):  # only what the report allocated: another test's thread may still be busy
                of_report = tracemalloc.Filter(True, "*/results/report/*")
                traces = tracemalloc.take_snapshot().filter_traces([of_report]).traces
                held.append(sum(trace.size for trace in traces))
            status = "ok" if number % 3 else "review"
            yield replace(films[2], row=films[2].row | {"image": f"{number:05d}.png", "status": status})

    tracemalloc.start()
    try:
        report_page(hips(), tmp_path, {})
    finally:
        tracemalloc.stop()
    assert held[0] > 100_000
    assert held[1] < 1.02 * held[0]


def test_bars_count_every_value_once_and_name_the_extremes() -> None:
    ratios = Distribution("cardiothoracic_ratio", "Cardiothoracic ratio", Unit.RATIO)
    values = np.random.default_rng(1).uniform(0.3, 0.7, 400)
    for number, value in enumerate([*values, 0.5, 0.48]):
        ratios.add(float(value), f"{number}.png")
    bars = ratios.bars()
    assert sum(bar.count for bar in bars) == 402
    for bar in bars:
        inside = sum(bar.low - 1e-9 <= value < bar.high - 1e-9 for value in [*values, 0.5, 0.48])
        assert bar.count == inside
    lowest = [image for _, image in ratios.extremes()["Lowest"]]
    assert lowest == [f"{place}.png" for place in np.argsort(values)[:3]]


def test_a_wild_value_makes_bars_wider_not_more() -> None:
    lengths = Distribution("length", "Length", Unit.MILLIMETRE)
    for value in (10.0, 12.0, 5000.0):
        lengths.add(value, "a.png")
    assert len(lengths.bars()) <= 40
    assert sum(bar.count for bar in lengths.bars()) == 3


def test_a_page_without_films_is_a_page(tmp_path: Path) -> None:
    page = page_of([], tmp_path)
    assert page.films == []
    assert any("0 films" in text for text in page.texts["p"])


def test_curves_name_their_vertebrae_by_level_where_that_is_known(films: list[StoredResult], tmp_path: Path) -> None:
    details = "upper=vertebra_03;lower=vertebra_09;convex=right;upper_level=T6"
    (film,) = page_of([with_value(films[1], "cobb_angle", details=details)], tmp_path).films
    angle = next(number for number in film["numbers"] if number[0] == "cobb_angle")
    assert angle[10] == "upper T6, lower vertebra 09, convex right"


def test_whatever_stands_in_a_cell_is_shown_and_no_number(films: list[StoredResult], tmp_path: Path) -> None:
    odd = with_value(films[0], "cardiothoracic_ratio", value=float("inf"), upper="x", unit="furlong")
    (film,) = page_of([odd], tmp_path).films
    assert film["columns"] == [None]
    number = next(each for each in film["numbers"] if each[0] == "cardiothoracic_ratio")
    assert number[4:6] == ["inf", "furlong"]
