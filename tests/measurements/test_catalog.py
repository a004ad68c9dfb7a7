"""The catalog is whole: every number that leaves a protocol has its entry, and every entry holds what it says."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from pkgutil import resolve_name

import numpy as np
import pytest
from pydicom.sr import _concepts_dict
from pydicom.sr.codedict import codes

from radcaliper.learning.datasets.chest import chest_films
from radcaliper.learning.datasets.spine import aasce_films
from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.measurements.catalog import (
    CARINA_ANGLE,
    CCD_ANGLE,
    COBB_ANGLE,
    CORONAL_BALANCE,
    MEASUREMENTS,
    ROTATION_RATIO,
    TRACHEA_DEVIATION,
    measurements_of,
    with_sites,
)
from radcaliper.measurements.specs import Calibration, MeasurementSpec, ReferenceRange, StructureSpec
from radcaliper.measurements.structures import STRUCTURES, structures_of
from radcaliper.measurements.types import Analysis, Grid, MeasuredValue, Prediction, Radiograph, Unit
from radcaliper.pipelines.phantoms.hip import HipPhantom
from radcaliper.pipelines.phantoms.spine import SpinePhantom
from radcaliper.pipelines.protocols.base import Examination
from radcaliper.pipelines.protocols.measuring import with_interval
from radcaliper.pipelines.protocols.registry import PROTOCOLS, analyse
from radcaliper.pipelines.reading import read_radiograph
from radcaliper.pipelines.results.rows import analysis_rows
from radcaliper.qc.intervals import calibrated_widths
from radcaliper.qc.tube_intervals import calibrated_half_widths

ROOT = Path(__file__).resolve().parents[2]
NEVER_CALIBRATED = (CARINA_ANGLE, TRACHEA_DEVIATION, ROTATION_RATIO)
NOT_IN_DICOM = {"17102003": "Nasogastric tube", "129121000": "Tracheostomy tube"}
"""Codes of SNOMED CT that DICOM's context groups lack; HL7's value set of enteral delivery devices has this one."""

of_measurements = pytest.mark.parametrize("spec", MEASUREMENTS, ids=lambda spec: spec.name)
of_structures = pytest.mark.parametrize("spec", STRUCTURES, ids=lambda spec: f"{spec.protocol}-{spec.name}")
with_reference = pytest.mark.parametrize(
    "spec", [each for each in MEASUREMENTS if each.reference], ids=lambda s: s.name
)


def assert_in_catalog(analysis: Analysis) -> None:
    """Whatever the film was written with is as its entries say."""
    protocol, grid = PROTOCOLS[analysis.protocol], analysis.radiograph.grid
    assert len({each.key for each in analysis.measurements}) == len(analysis.measurements) > 0
    for each in analysis.measurements:
        assert each.spec is protocol.measurement(each.name)
        assert each.spec in MEASUREMENTS
        assert each.spec.has(each.site, each.method), each.key
        if each.value is None:
            assert each.unit is each.interval is None
        else:
            assert each.unit is each.spec.quantity.unit(grid)
            assert (each.interval is None) == (each.spec.calibration is Calibration.NONE), each.key
            assert each.value >= 0 or each.spec.signed
    for quality in analysis.qualities:
        assert protocol.structure(quality.structure).protocol == analysis.protocol
    assert analysis.prediction is not None
    assert {name for name in analysis.prediction.masks if not any(s.matches(name) for s in STRUCTURES)} == set()


def assert_complete(analysis: Analysis) -> None:
    """Every measurement of the protocol has a row, measured or refused."""
    specs = measurements_of(analysis.protocol)
    assert {each.name for each in analysis.measurements} == {spec.name for spec in specs}
    fixed = {(spec.name, site) for spec, site in with_sites(specs) if "*" not in site}
    assert fixed <= {(each.name, each.site) for each in analysis.measurements}


def test_made_up_films_hold_what_the_catalog_says(
    spine_analysis: Analysis, hip_analysis: Analysis, chest_analysis: Analysis
) -> None:
    for analysis in (spine_analysis, hip_analysis, chest_analysis):
        assert_in_catalog(analysis)


def test_the_phantoms_of_spine_and_hip_give_every_number(phantom: SpinePhantom, hips: HipPhantom) -> None:
    for name, film in (("spine", phantom.film), ("hip", hips.film)):
        analysis = analyse(name, film, name)
        assert_in_catalog(analysis)
        assert_complete(analysis)


@pytest.fixture(scope="module")
def real_chest(chest_dicom: Path) -> Analysis:
    return analyse("chest", read_radiograph(chest_dicom), "chest")


def test_a_real_chest_film_gives_every_number(real_chest: Analysis) -> None:
    assert_in_catalog(real_chest)
    assert_complete(real_chest)


@pytest.mark.parametrize("spec", NEVER_CALIBRATED, ids=lambda spec: spec.name)
def test_what_was_never_calibrated_has_no_interval(spec: MeasurementSpec) -> None:
    unseen: Examination[None] = Examination(Radiograph(np.zeros((8, 8), np.float32)), Prediction(), None, ())
    measurement = with_interval(spec.value(0.5, Grid()), [0.1, 0.9], set(), unseen)
    assert measurement.lower is measurement.upper is measurement.interval is None
    assert measurement.value == 0.5


def assert_never_calibrated_is_empty(analysis: Analysis, names: set[str]) -> None:
    """Of the measurements without an interval, those named have a value, and none has an end in the tables."""
    rows = {row["measurement"]: row for row in analysis_rows(analysis, "hash", 0.1).measurements}
    uncalibrated = {spec.name for spec in NEVER_CALIBRATED}
    assert {name for name in uncalibrated if rows[name]["value"] is not None} == names
    assert {(rows[name]["lower"], rows[name]["upper"]) for name in uncalibrated} == {(None, None)}
    ratio = rows["cardiothoracic_ratio"]
    assert ratio["lower"] < ratio["value"] < ratio["upper"]


def test_the_tables_leave_an_interval_that_there_is_not_empty(real_chest: Analysis) -> None:
    assert_never_calibrated_is_empty(real_chest, {"rotation_ratio"})  # no left main bronchus is seen, and no carina


def test_a_labelled_film_has_its_carina_without_an_interval(data_folder: Path) -> None:
    film = read_radiograph(data_folder / "chest" / "covid100" / "images" / "covid100_000.jpg")  # its airways are marked
    assert_never_calibrated_is_empty(analyse("marked", film, "chest"), {spec.name for spec in NEVER_CALIBRATED})


def test_labelled_films_hold_what_the_catalog_says(data_folder: Path) -> None:
    chests = islice((film for film in chest_films(data_folder) if film.fold == HELD_OUT_FOLD), 3)
    spines = islice((film for film in aasce_films(data_folder) if film.fold == HELD_OUT_FOLD), 3)
    films = [("chest", Radiograph(film.grey)) for film in chests]
    films += [("spine", Radiograph(film.grey)) for film in spines]
    films.append(("hip", read_radiograph(data_folder / "hip" / "real" / "pelvis_ap_unlabelled.jpg")))
    measured = [each for each in (analyse(name, film, name) for name, film in films) if each.measurements]
    assert {each.protocol for each in measured} == {"chest", "spine", "hip"}
    for analysis in measured:
        assert_in_catalog(analysis)
        assert_complete(analysis)


def test_names_are_told_apart() -> None:
    assert len({spec.name for spec in MEASUREMENTS}) == len({spec.label for spec in MEASUREMENTS}) == len(MEASUREMENTS)
    assert len({(spec.protocol, spec.name) for spec in STRUCTURES}) == len(STRUCTURES)
    for protocol in PROTOCOLS.values():
        assert protocol.measurements == measurements_of(protocol.name)
        assert protocol.structures == structures_of(protocol.name)
    assert {spec.protocol for spec in (*MEASUREMENTS, *STRUCTURES)} == set(PROTOCOLS)


@of_measurements
def test_an_entry_is_filled_in(spec: MeasurementSpec) -> None:
    assert spec.label
    assert spec.definition.endswith(".")
    assert spec.sites
    assert spec.methods
    for site in spec.sites:
        names = spec.measured_on(site)
        assert names
        assert all(any(s.matches(name) for s in structures_of(spec.protocol)) for name in names)


@of_measurements
def test_a_named_function_is_there_and_says_what_it_does(spec: MeasurementSpec) -> None:
    if not spec.function:  # several curves are measured at once
        assert spec.protocol == "spine"
        return
    function = resolve_name(spec.function)
    assert callable(function)
    assert function.__name__ == spec.name
    assert function.__doc__


@of_measurements
def test_a_value_has_a_site_and_a_method_of_its_entry(spec: MeasurementSpec) -> None:
    site = spec.sites[0].replace("*", "1")
    in_px, in_mm = (spec.value(1.0, grid, (), site, spec.methods[0]) for grid in (Grid(), Grid(0.5, 0.5, "mm")))
    assert (in_px.spec, in_px.site, in_px.method) == (spec, site, spec.methods[0])
    units = {"angle": ("deg", "deg"), "ratio": ("ratio", "ratio"), "length": ("px", "mm"), "area": ("px2", "mm2")}
    assert (in_px.unit, in_mm.unit) == units[spec.quantity]
    with pytest.raises(ValueError, match=spec.name):
        spec.value(1.0, Grid(), (), "elsewhere", spec.methods[0])
    with pytest.raises(ValueError, match=spec.name):
        spec.value(1.0, Grid(), (), site, "by eye")


def test_calibrated_intervals_are_those_of_the_table() -> None:
    assert [spec for spec in MEASUREMENTS if spec.calibration is Calibration.NONE] == list(NEVER_CALIBRATED)
    keys = {spec.interval_key(site) for spec, site in with_sites(MEASUREMENTS) if spec not in NEVER_CALIBRATED}
    assert keys == {*calibrated_widths(), *calibrated_half_widths()}
    assert set(calibrated_half_widths()) == {spec.name for spec in MEASUREMENTS if "course" in spec.methods}
    assert {spec.interval_key(site) for spec, site in with_sites(NEVER_CALIBRATED)} == {None}
    assert all(width.scale > 0 and width.floor + width.share > 0 for width in calibrated_widths().values())


@with_reference
def test_a_reference_range_is_whole(spec: MeasurementSpec) -> None:
    reference = spec.reference
    assert reference is not None
    for limits in (reference.limits, *reference.limits_by_view.values()):
        assert len(reference.words) == len(limits) + 1
        assert list(limits) == sorted(set(limits))
    assert len(set(reference.words)) == len(reference.words)
    assert reference.noise >= 0
    assert reference.source
    assert set(reference.sites) <= {site.replace("*", "1") for site in spec.sites}


@with_reference
def test_every_word_of_a_reference_range_can_be_said(spec: MeasurementSpec) -> None:
    reference = spec.reference
    assert reference is not None
    between = [(a + b) / 2 for a, b in zip(reference.limits, reference.limits[1:], strict=False)]
    values = [reference.limits[0] - 100 if spec.signed else reference.limits[0] / 2, *between]
    values.append(reference.limits[-1] + 100)
    if reference.word_below:
        values[0] = (reference.limits[0] - reference.noise) / 2
    site = spec.sites[0].replace("*", "1")
    details = {reference.word_below: "elsewhere"}
    grid = Grid(1, 1, "mm")
    said = [spec.reference_class(spec.value(value, grid, (), site, spec.methods[0], details), "PA") for value in values]
    assert tuple(said) == reference.words


@pytest.mark.parametrize(
    ("spec", "site", "method", "value", "word"),
    [
        (COBB_ANGLE, "curve_1", "vertebral_tilt", 6.9, "none"),
        (COBB_ANGLE, "curve_1", "vertebral_tilt", 9.9, "indeterminate"),
        (COBB_ANGLE, "curve_1", "vertebral_tilt", 13.1, "mild"),
        (COBB_ANGLE, "curve_1", "vertebral_tilt", 36.9, "moderate"),
        (COBB_ANGLE, "curve_1", "vertebral_tilt", 43.1, "severe"),
        (COBB_ANGLE, "curve_2", "vertebral_tilt", 36.9, ""),
        (CCD_ANGLE, "left", "mask", 116.9, "vara"),
        (CCD_ANGLE, "left", "mask", 123.1, "normal"),
        (CCD_ANGLE, "left", "mask", 140.1, "indeterminate"),
        (CCD_ANGLE, "left", "mask", 143.1, "valga"),
        (CARINA_ANGLE, "", "mask", 39.9, "narrow"),
        (CARINA_ANGLE, "", "mask", 60.0, "normal"),
        (CARINA_ANGLE, "", "mask", 80.1, "wide"),
        (CORONAL_BALANCE, "", "vertebra_centres", 5.0, ""),
    ],
)
def test_reference_classes(spec: MeasurementSpec, site: str, method: str, value: float, word: str) -> None:
    assert spec.reference_class(spec.value(value, Grid(), (), site, method), "") == word


def test_within_the_noise_of_a_limit_nothing_is_decided() -> None:
    reference = ReferenceRange((1.0, 2.0), ("low", "middle", "high"), "made up", noise=0.1)

    def word(value: float) -> str:
        return reference.word(MeasuredValue(CARINA_ANGLE, value, Unit.DEGREE), "")

    assert [word(value) for value in (0.8, 0.95, 1.5, 2.05, 2.2)] == [
        "low", "indeterminate", "middle", "indeterminate", "high",
    ]  # fmt: skip


@of_structures
def test_a_structure_s_code_is_in_the_dictionary(spec: StructureSpec) -> None:
    assert spec.code.scheme == "SCT"
    known = {value for by_value in _concepts_dict.concepts[spec.code.scheme].values() for value in by_value}
    if spec.code.value in NOT_IN_DICOM:
        assert spec.code.value not in known
        assert spec.code.meaning == NOT_IN_DICOM[spec.code.value]
        return
    found = getattr(codes.SCT, "".join(word.capitalize() for word in spec.code.meaning.split()))
    assert (found.value, found.meaning) == (spec.code.value, spec.code.meaning)
    assert spec.code.value in known


@of_structures
def test_a_structure_is_filled_in(spec: StructureSpec) -> None:
    assert spec.label
    assert all(0 <= part <= 255 for part in spec.colour)
    side = spec.name.partition("_")[0]
    assert spec.laterality == (side if side in ("right", "left") else "")
    assert spec.matches(spec.pattern.replace("*", "07") or spec.name)


@of_structures
def test_a_structure_s_quality_has_its_fit(spec: StructureSpec) -> None:
    table = json.loads((ROOT / "qc" / "mask_quality.json").read_text(encoding="utf-8"))
    assert spec.quality_fit in table
    used = {each.quality_fit for each in STRUCTURES}
    assert set(table) == used
