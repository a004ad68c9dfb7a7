"""What is found on a turned, cropped, resampled film is written and reviewed on the pixels of its file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from radcaliper.measurements.file_geometry import FileGeometry
from radcaliper.measurements.types import Analysis, Landmark, PixelSpacing, Point, Radiograph, SpacingSource
from radcaliper.pipelines.reading import read_radiograph
from radcaliper.pipelines.reading.file_frame import in_file_frame
from radcaliper.pipelines.results.masks import read_masks
from radcaliper.pipelines.results.png import encoded_png
from radcaliper.pipelines.results.rows import analysis_rows
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.folder import ResultsFolder
from radcaliper.pipelines.review.remeasure import remeasure

WHOLE = FileGeometry.as_stored


def lying(analysis: Analysis, geometry: FileGeometry) -> Analysis:
    return replace(analysis, radiograph=replace(analysis.radiograph, geometry=geometry))


GEOMETRIES: dict[str, Callable[[tuple[int, int]], FileGeometry]] = {
    "turned": lambda shape: WHOLE(shape[::-1]).turned(1),
    "upside down": lambda shape: WHOLE(shape).upside_down(),
    "mirrored": lambda shape: WHOLE(shape).mirrored(),
    "cropped": lambda shape: WHOLE((shape[0] + 70, shape[1] + 30)).cropped(
        slice(50, 50 + shape[0]), slice(10, 10 + shape[1])
    ),
    "made square": lambda shape: WHOLE((shape[0], shape[1] // 2)).resampled(shape),
}


@pytest.mark.parametrize("name", GEOMETRIES)
def test_masks_and_points_lie_on_the_file(chest_analysis: Analysis, name: str) -> None:
    geometry = GEOMETRIES[name](chest_analysis.radiograph.shape)
    on_file = in_file_frame(lying(chest_analysis, geometry))
    assert on_file.radiograph.shape == geometry.file_shape
    heart, lung = (on_file.prediction.masks[structure] for structure in ("heart", "right_lung"))
    assert heart.shape == geometry.file_shape
    for landmark in on_file.landmarks.values():
        # the ends of a width lie on the border of its outermost pixels
        row, col = (round(place) for place in landmark.point)
        seen = heart | lung | on_file.prediction.masks["left_lung"]
        assert seen[row, col - 1 : col + 2].any()
    areas = {quality.structure: quality.area_px for quality in on_file.qualities}
    assert areas["heart"] == heart.sum()
    for before, after in zip(chest_analysis.measurements, on_file.measurements, strict=True):
        assert (before.value, before.unit) == (after.value, after.unit)
        places = geometry.points_from_file(np.array([*after.points], float).reshape(-1, 2))
        assert np.allclose(places, np.array([*before.points]).reshape(-1, 2))


def test_lengths_by_the_file_s_points_and_spacing_are_the_film_s(chest_analysis: Analysis) -> None:
    geometry = GEOMETRIES["made square"](chest_analysis.radiograph.shape)
    on_file = in_file_frame(lying(chest_analysis, geometry))
    spacing = on_file.radiograph.spacing
    assert spacing == PixelSpacing(0.5, 1.0, SpacingSource.USER)
    before, after = (analysis.landmarks for analysis in (chest_analysis, on_file))
    a, b = (after[name].point for name in ("heart_right", "heart_left"))
    length = np.hypot((a.row - b.row) * spacing.row_mm, (a.col - b.col) * spacing.col_mm)
    a, b = (before[name].point for name in ("heart_right", "heart_left"))
    assert length == pytest.approx(0.5 * np.hypot(a.row - b.row, a.col - b.col))


def test_an_analysis_on_its_file_stays_as_it_is(chest_analysis: Analysis) -> None:
    assert in_file_frame(chest_analysis) is chest_analysis


def test_lengths_without_millimetres_count_the_file_s_finer_pixels() -> None:
    pixels = np.zeros((100, 100), np.float32)
    finer = Radiograph(pixels, geometry=FileGeometry.as_stored((50, 50)).resampled((100, 100)))
    square = Radiograph(pixels, geometry=FileGeometry.as_stored((100, 50)).resampled((100, 100)))
    assert finer.grid.length(Point(0, 0), Point(0, 10)) == 5
    assert square.grid.length(Point(0, 0), Point(0, 10)) == square.grid.length(Point(0, 0), Point(10, 0)) == 10


@pytest.fixture
def framed(
    tmp_path: Path, chest_analysis: Analysis, save_results: Callable[..., Path]
) -> tuple[ResultsFolder, Analysis]:
    """Results of the drawn chest, its film in a white frame and of other greys than black within."""
    rows, cols = np.indices(chest_analysis.radiograph.shape)
    inner = 0.3 * chest_analysis.radiograph.pixels + 0.3 + 0.2 * np.sin(rows / 9 + cols / 13)
    canvas = np.ones((400, 460), np.float32)
    canvas[40:340, 20:420] = inner
    geometry = WHOLE((400, 460)).cropped(slice(40, 340), slice(20, 420))
    film = replace(chest_analysis.radiograph, pixels=inner.astype(np.float32), geometry=geometry)
    on_file = in_file_frame(replace(chest_analysis, radiograph=film))
    stored = replace(on_file, radiograph=replace(on_file.radiograph, pixels=canvas))
    return ResultsFolder(save_results(tmp_path / "out", [stored])), replace(chest_analysis, radiograph=film)


def test_a_review_sees_the_film_that_was_measured(framed: tuple[ResultsFolder, Analysis]) -> None:
    folder, measured = framed
    film = folder.open_film("chest.png", "Ada").analysis
    assert film.radiograph.shape == measured.radiograph.shape
    assert film.radiograph.spacing == measured.radiograph.spacing
    assert (film.prediction.masks["heart"] == measured.prediction.masks["heart"]).all()
    for name, landmark in measured.landmarks.items():
        assert np.allclose(film.landmarks[name].point, landmark.point, atol=0.01)
    again = remeasure(film, Edits())
    assert [each.now.value for each in again.measurements] == [each.automatic.value for each in again.measurements]


def test_edits_are_kept_on_the_file_and_come_back_on_the_film(framed: tuple[ResultsFolder, Analysis]) -> None:
    folder, measured = framed
    film = folder.open_film("chest.png", "Ada")
    heart = film.analysis.prediction.masks["heart"].copy()
    heart[185:195, 261:271] = True
    edits = Edits().with_mask("heart", heart).with_landmarks({"carina": Point(100.0, 200.0)})
    folder.save_draft(film, edits, "Ada")
    again = folder.open_film("chest.png", "Ada").edits
    assert (again.masks["heart"] == heart).all()
    assert again.points == {"carina": Point(100.0, 200.0)}
    kept = edits.on_file(measured.radiograph.on_file)
    assert kept.masks["heart"].shape == (400, 460)
    assert kept.points == {"carina": Point(140.0, 220.0)}


def test_a_frame_s_masks_are_written_at_the_file_s_size(framed: tuple[ResultsFolder, Analysis]) -> None:
    folder, measured = framed
    masks = read_masks(folder.path, "chest.png")
    assert (masks["heart"][40:340, 20:420] == measured.prediction.masks["heart"]).all()
    assert masks["heart"].sum() == measured.prediction.masks["heart"].sum()


def test_rows_say_the_file_s_size(tmp_path: Path, chest_analysis: Analysis) -> None:
    rows = np.indices((120, 400))[0]
    picture = (60 + rows + 40 * np.sin(np.indices((120, 400))[1] / 9)).astype(np.uint8)
    (tmp_path / "film.png").write_bytes(encoded_png(np.vstack([picture, np.zeros((120, 400), np.uint8)])))
    film = read_radiograph(tmp_path / "film.png")
    assert film.shape == (120, 400)
    found = in_file_frame(replace(chest_analysis, radiograph=film, prediction=None, measurements=(), landmarks={}))
    row = analysis_rows(found, "", 0.0).image
    assert (row["height"], row["width"]) == (240, 400)


def test_landmarks_keep_their_confidence(chest_analysis: Analysis) -> None:
    on_file = in_file_frame(lying(chest_analysis, GEOMETRIES["mirrored"](chest_analysis.radiograph.shape)))
    assert {mark.confidence for mark in on_file.landmarks.values()} == {0.9}
    assert isinstance(on_file.landmarks["heart_right"], Landmark)
