"""Results as DICOM objects for an archive: a Segmentation or a structured report a film."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Final

from pydicom import dcmread
from pydicom.dataset import Dataset

from radcaliper.measurements.own import own_area
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import Status, Unit
from radcaliper.pipelines.protocols.registry import EVERY_PROTOCOL
from radcaliper.pipelines.reading import UnreadableFilm
from radcaliper.pipelines.reading.archives import as_file
from radcaliper.pipelines.results.dicom_seg import encoded_segmentation
from radcaliper.pipelines.results.dicom_source import NotEncodable, source_of
from radcaliper.pipelines.results.dicom_sr import Correction, FilmReport, Reported, encoded_report
from radcaliper.pipelines.results.exports.registry import Exported
from radcaliper.pipelines.results.files import whole_text, write_whole_bytes
from radcaliper.pipelines.results.records import codes, measurement_of, quality_of_mask
from radcaliper.pipelines.results.rows import Row
from radcaliper.pipelines.results.stored import StoredResult, StoredResults
from radcaliper.pipelines.running.film import file_hash

_COLUMNS: Final = ("image", "file", "left_out")
Encode = Callable[[StoredResult, Dataset], bytes]
"""From a film and the header of its file to a DICOM object."""


def _source(film: StoredResult) -> Dataset:
    """The header of the very file that was measured. Raises NotEncodable."""
    if not film.measured:
        raise NotEncodable("the film was not measured")
    if film.file is None:
        raise NotEncodable("the results do not say where the film is")
    try:
        with as_file(film.file) as file:
            if file_hash(file) != film.row["sha256"]:
                raise NotEncodable("the film has changed since it was measured")
            return source_of(file)
    except (OSError, UnreadableFilm) as error:
        raise NotEncodable("the film cannot be read") from error


def _write(results: StoredResults, folder: Path, encode: Encode) -> Exported:
    """Write an object for each film, named by its UID, and a table of which film's it is, or why there is none."""
    folder.mkdir(exist_ok=True)
    written, left_out = set[str](), Counter[str]()
    with whole_text(folder.with_suffix(".csv")) as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(_COLUMNS)
        for film in results.films():
            try:
                content = encode(film, _source(film))
            except NotEncodable as why:
                left_out[str(why)] += 1
                table.writerow((film.image, "", why))
                continue
            name = f"{dcmread(BytesIO(content), specific_tags=['SOPInstanceUID']).SOPInstanceUID}.dcm"
            write_whole_bytes(folder / name, content)
            written.add(name)
            table.writerow((film.image, f"{folder.name}/{name}", ""))
    for path in folder.glob("*.dcm"):
        if path.name not in written:  # of an earlier export
            path.unlink()
    return Exported(folder, len(written), left_out)


def write_segmentations(results: StoredResults, folder: Path) -> Exported:
    """Write ``dicom_seg/<UID>.dcm``, the masks of each DICOM film, a reviewer's where one was signed."""

    def encode(film: StoredResult, source: Dataset) -> bytes:
        structures = EVERY_PROTOCOL[str(film.row["protocol"])].structures
        return encoded_segmentation(results.masks(film), structures, source)

    return _write(results, folder / "dicom_seg", encode)


def _reported(row: Row, specs: Mapping[str, MeasurementSpec]) -> Reported:
    corrected, unit = row["corrected_value"], row["unit"]
    correction = None if corrected is None or unit is None else Correction(float(corrected), Unit(str(unit)))
    return Reported(measurement_of(row, specs[str(row["measurement"])]), correction)


def report_of(film: StoredResult, decision: str = "") -> FilmReport:
    """What the structured report of a film says; ``decision`` is its reviewer's, if one has signed.

    Numbers of an older version that the catalog has no more are left out.
    """
    protocol = EVERY_PROTOCOL[str(film.row["protocol"])]
    found = (protocol.structure(str(row["structure"])) for row in film.structures)
    own = [structure for structure in found if structure not in protocol.structures]
    areas = (own_area(structure.name, protocol.name) for structure in own)
    specs = {spec.name: spec for spec in (*protocol.measurements, *areas)}
    return FilmReport(
        Status(str(film.row["status"])),
        codes(str(film.row["reasons"] or "")),
        decision,
        str(film.row["model"] or ""),
        tuple(_reported(row, specs) for row in film.measurements if row["measurement"] in specs),
        {str(row["structure"]): quality_of_mask(row) for row in film.structures},
        (*protocol.structures, *own),
    )


def write_reports(results: StoredResults, folder: Path) -> Exported:
    """Write ``dicom_sr/<UID>.dcm``, the measurements of each DICOM film."""
    decisions = {review[0]: review[1] for review in results.store.counting_reviews() if not review[5]}
    return _write(
        results,
        folder / "dicom_sr",
        lambda film, source: encoded_report(report_of(film, decisions.get(film.image, "")), source),
    )
