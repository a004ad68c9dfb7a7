"""json/<image>.json: a document of each film, as ``document`` has it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from radcaliper.measurements.specs import MeasurementSpec, ReferenceRange, StructureSpec
from radcaliper.pipelines.protocols.base import Protocol
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.pipelines.results.exports import document
from radcaliper.pipelines.results.exports.registry import Exported
from radcaliper.pipelines.results.files import write_whole
from radcaliper.pipelines.results.names import place_of
from radcaliper.pipelines.results.records import codes, parse_details, parse_points
from radcaliper.pipelines.results.stored import StoredResult, StoredResults
from radcaliper.qc.reasons import REASONS

_FOLDER: Final = "json"
Record = Mapping[str, Any]


def _reasons(cell: Any) -> list[document.Reason]:
    return [document.Reason(code=code, meaning=REASONS.get(code, "")) for code in codes(cell)]


def _code(spec: StructureSpec) -> document.Code:
    return document.Code(scheme=spec.code.scheme, value=spec.code.value, meaning=spec.code.meaning)


def _spec(protocol: Protocol | None, name: str) -> StructureSpec | None:
    found = () if protocol is None else protocol.structures
    return next((spec for spec in found if spec.matches(name)), None)


def _structure(row: Record, protocol: Protocol | None) -> document.Structure:
    spec = _spec(protocol, row["structure"])
    return document.Structure(
        name=row["structure"],
        label="" if spec is None else spec.label,
        code=None if spec is None else _code(spec),
        laterality="" if spec is None else spec.laterality,
        status=row["status"],
        presence=row["presence"],
        quality=row["quality"],
        quality_lower=row["quality_lower"],
        area_px=row["area_px"],
        area_mm2=row["area_mm2"],
        reasons=_reasons(row["reasons"]),
    )


def _limit(reference: ReferenceRange | None) -> document.Limit | None:
    if reference is None:
        return None
    return document.Limit(
        limits=list(reference.limits),
        limits_by_view={view: list(limits) for view, limits in reference.limits_by_view.items()},
        words=list(reference.words),
        within_reader_noise=reference.noise,
        source=reference.source,
    )


def _used(names: Collection[str], structures: Iterable[Record]) -> list[document.UsedStructure]:
    """The structures that a number rests on, as far as they were looked for."""
    return [
        document.UsedStructure(
            name=row["structure"],
            status=row["status"],
            quality=row["quality"],
            quality_lower=row["quality_lower"],
        )
        for row in structures
        if row["structure"] in names
    ]


def _correction(row: Record) -> document.Correction | None:
    if row["reviewer"] is None:
        return None
    return document.Correction(
        value=row["corrected_value"],
        reviewer=row["reviewer"],
        reviewed_at=row["reviewed_at"] or "",
        comment=row["comment"] or "",
    )


def _interval(row: Record) -> document.Interval | None:
    return None if row["lower"] is None else document.Interval(lower=row["lower"], upper=row["upper"])


def _measurement(row: Record, spec: MeasurementSpec | None, structures: Iterable[Record]) -> document.Measurement:
    details = parse_details(row["details"])
    rests_on = {*(() if spec is None else spec.measured_on(row["site"])), *details.values()}
    steps = document.Steps(
        structures=_used(rests_on, structures),
        points=[document.Point(row=point.row, col=point.col) for point in parse_points(row["points"])],
        rule="" if spec is None else spec.definition,
        limit=None if spec is None else _limit(spec.reference),
    )
    return document.Measurement(
        name=row["measurement"],
        label="" if spec is None else spec.label,
        site=row["site"],
        method=row["method"],
        status=row["status"],
        value=row["value"],
        unit=row["unit"],
        interval=_interval(row),
        reference_class=row["class"] or "",
        reasons=_reasons(row["reasons"]),
        details=details,
        correction=_correction(row),
        steps=steps,
    )


def _spacing(row: Record) -> document.Spacing | None:
    if row["spacing_row_mm"] is None:
        return None
    place = {key: row[f"spacing_{key}"] for key in ("row_mm", "col_mm", "source")}
    return document.Spacing(**place)


def film_document(film: StoredResult) -> document.Film:
    """A film's document."""
    row: Record = film.row
    structures: Sequence[Record] = film.structures
    measurements: Sequence[Record] = film.measurements
    landmarks: Sequence[Record] = film.landmarks
    protocol = PROTOCOLS.get(row["protocol"] or "")
    specs = {} if protocol is None else {spec.name: spec for spec in protocol.measurements}
    return document.Film(
        radcaliper=version("radcaliper"),
        image=film.image,
        patient=row.get("patient"),
        sha256=row["sha256"] or "",
        status=row["status"],
        reasons=_reasons(row["reasons"]),
        error=row["error"] or "",
        protocol=row["protocol"] or "",
        view=row["view"] or "",
        view_probability=row["view_probability"],
        height=row["height"],
        width=row["width"],
        spacing=_spacing(row),
        model=row["model"] or "",
        structures=[_structure(each, protocol) for each in structures],
        measurements=[_measurement(each, specs.get(each["measurement"]), structures) for each in measurements],
        landmarks=[
            document.Landmark(name=each["landmark"], row=each["row"], col=each["col"], confidence=each["confidence"])
            for each in landmarks
        ],
    )


def write_json(results: StoredResults, folder: Path) -> Exported:
    """Write ``json/<image>.json`` for every film, and beside them their schema."""
    films, place = 0, folder / _FOLDER
    place.mkdir(exist_ok=True)
    write_whole(place / document.SCHEMA.name, document.schema_text())
    for film in results.films():
        path = place / place_of(film.image, ".json")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, film_document(film).model_dump_json(by_alias=True, indent=1) + "\n")
        films += 1
    return Exported(place, films)
