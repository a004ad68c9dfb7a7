"""Films are brought upright, and to the patient's right on the image's left, as their tags say, and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from radcaliper.measurements.types import Projection, Radiograph
from radcaliper.pipelines.reading import read_radiograph

Save = Callable[..., Path]

STORED = {
    ("L", "F"): lambda film: film,
    ("R", "F"): lambda film: film[:, ::-1],
    ("L", "H"): lambda film: film[::-1],
    ("R", "H"): lambda film: film[::-1, ::-1],
    ("F", "L"): lambda film: film.T,
    ("F", "R"): lambda film: film[:, ::-1].T,
    ("H", "L"): lambda film: film[::-1].T,
    ("H", "R"): lambda film: film[::-1, ::-1].T,
}
"""How a film is stored whose rows and columns lead there."""


def read(path: Path) -> Radiograph:
    return read_radiograph(path)


@pytest.mark.parametrize("letters", STORED)
def test_patient_orientation(save_dicom: Save, film: np.ndarray, letters: tuple[str, str]) -> None:
    stored = np.ascontiguousarray(STORED[letters](film))
    found = read(save_dicom(stored, PatientOrientation=list(letters)))
    assert (found.pixels == film).all()
    assert found.sides_tagged
    mask = found.pixels > np.median(film)
    assert (found.on_file.mask_to_file(mask) == (stored > np.median(film))).all()
    assert (found.on_file.mask_from_file(stored > np.median(film)) == mask).all()


def test_an_oblique_direction_counts_by_its_first_letter(save_dicom: Save, film: np.ndarray) -> None:
    stored = np.ascontiguousarray(film[:, ::-1])
    assert (read(save_dicom(stored, PatientOrientation=["RA", "FP"])).pixels == film).all()


@pytest.mark.parametrize("letters", [["A", "F"], ["P", "F"]])
def test_a_lateral_by_its_orientation(save_dicom: Save, film: np.ndarray, letters: list[str]) -> None:
    found = read(save_dicom(PatientOrientation=letters))
    assert (found.projection, found.view, found.sides_tagged) == (Projection.LATERAL, "", False)
    assert (found.pixels == film).all()


def test_a_lateral_stored_upside_down_is_turned(save_dicom: Save, film: np.ndarray) -> None:
    found = read(save_dicom(np.ascontiguousarray(film[::-1]), PatientOrientation=["A", "H"]))
    assert (found.pixels == film).all()


@pytest.mark.parametrize("letters", ["L", "", ["L"], ["L", "R"], ["X", "F"], ["", "F"], ["L", "P"], ["L", "F", "H"]])
def test_an_orientation_that_is_none_says_nothing(save_dicom: Save, film: np.ndarray, letters: object) -> None:
    found = read(save_dicom(PatientOrientation=letters))
    assert (found.pixels == film).all()
    assert (found.projection, found.sides_tagged) == (None, False)


def test_animals_have_other_directions(save_dicom: Save, film: np.ndarray) -> None:
    found = read(save_dicom(PatientOrientation=["R", "F"], AnatomicalOrientationType="QUADRUPED"))
    assert (found.pixels == film).all()


@pytest.mark.parametrize(
    ("cosines", "stored"),
    [
        ([1, 0, 0, 0, 0, -1], lambda film: film),
        ([-1, 0, 0, 0, 0, -1], lambda film: film[:, ::-1]),
        ([0.99, 0.14, 0, 0, 0.1, 0.99], lambda film: film[::-1]),
        ([1, 0, 0, 0, 1, 0], lambda film: film),  # the axial plane: what is written where nothing is known
        ([0, 0, 0, 0, 0, 0], lambda film: film),
    ],
)
def test_image_orientation_patient(save_dicom: Save, film: np.ndarray, cosines: list[float], stored: Callable) -> None:
    path = save_dicom(np.ascontiguousarray(stored(film)), ImageOrientationPatient=cosines)
    assert (read(path).pixels == film).all()


def view_code(value: str, scheme: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, "whatever"
    return item


@pytest.mark.parametrize(
    ("value", "scheme", "view", "projection"),
    [
        ("399348003", "SCT", "AP", Projection.FRONTAL),
        ("R-10206", "SRT", "AP", Projection.FRONTAL),
        ("R-10214", "SNM3", "PA", Projection.FRONTAL),
        ("272479007", "SCT", "PA", Projection.FRONTAL),
        ("399067008", "SCT", "", Projection.LATERAL),
        ("R-102CD", "SRT", "", Projection.LATERAL),
        ("399173006", "SCT", "LL", Projection.LATERAL),
        ("R-10232", "SRT", "RL", Projection.LATERAL),
        ("399135007", "SCT", "", Projection.OBLIQUE),
        ("R-102C1", "SRT", "", Projection.OBLIQUE),
        ("12345", "SCT", "", None),
        ("LAT", "99HOUSE", "", None),
    ],
)
def test_view_codes(save_dicom: Save, value: str, scheme: str, view: str, projection: Projection | None) -> None:
    found = read(save_dicom(ViewCodeSequence=[view_code(value, scheme)]))
    assert (found.view, found.projection) == (view, projection)


@pytest.mark.parametrize(
    ("word", "view", "projection"),
    [
        ("PA", "PA", Projection.FRONTAL),
        (" ap ", "AP", Projection.FRONTAL),
        ("LL", "LL", Projection.LATERAL),
        ("RLO", "RLO", Projection.OBLIQUE),
        ("LLD", "LLD", Projection.FRONTAL),
        ("LATERAL", "", Projection.LATERAL),
        ("OBL", "", Projection.OBLIQUE),
        ("DOE JOHN", "", None),
        ("", "", None),
    ],
)
def test_view_position_is_a_term_of_the_standard_or_nothing(
    save_dicom: Save, word: str, view: str, projection: Projection | None
) -> None:
    found = read(save_dicom(ViewPosition=word))
    assert (found.view, found.projection) == (view, projection)


def test_tags_that_disagree_are_lateral(save_dicom: Save) -> None:
    found = read(save_dicom(ViewPosition="PA", PatientOrientation=["A", "F"]))
    assert (found.view, found.projection) == ("PA", Projection.LATERAL)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"ImageLaterality": "L"}, "L"),
        ({"Laterality": "R"}, "R"),
        ({"ImageLaterality": "U", "Laterality": "R"}, "R"),
        ({"ImageLaterality": "B"}, ""),
        ({"ImageLaterality": "LEFT HIP OF DOE"}, ""),
        ({}, ""),
    ],
)
def test_laterality(save_dicom: Save, tags: dict[str, str], expected: str) -> None:
    assert read(save_dicom(**tags)).laterality == expected
