"""Write the tables of docs/measurements.md from the catalog: ``python docs/make_tables.py``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from radcaliper.measurements.catalog import MEASUREMENTS
from radcaliper.measurements.specs import Calibration, MeasurementSpec, Quantity, StructureSpec
from radcaliper.measurements.structures import STRUCTURES

PAGE: Final = Path(__file__).resolve().parent / "measurements.md"
_UNITS: Final = {
    Quantity.ANGLE: "deg",
    Quantity.RATIO: "ratio",
    Quantity.LENGTH: "mm, else px",
    Quantity.AREA: "mm2, else px2",
}
_HEAD: Final = """# Measurements and structures

What every number is and what every mask shows. These tables are written from the catalog (`measurements/catalog.py`) by
`python docs/make_tables.py`, and a test holds them against it. Lengths are in millimetres where the pixel spacing is
known, else in the film's own pixels. Reference ranges describe; they do not diagnose. A code is what DICOM calls the
number together with its finding site; a number without one has its name as its code, in the scheme `99RADCALIPER`.
"""


_HEADER: Final = (
    *("measurement", "definition", "sites", "methods", "unit", "interval", "measured on", "reference", "code"),
)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join([_row(header), _row("---" for _ in header), *map(_row, rows)])


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words if word)


def _reference(spec: MeasurementSpec) -> str:
    if spec.reference is None:
        return ""
    views = spec.reference.limits_by_view or {"": spec.reference.limits}
    limits = [f"{view} {', '.join(f'{limit:g}' for limit in each)}".strip() for view, each in views.items()]
    return f"{', '.join(spec.reference.words)}; limits {'; '.join(limits)}. {spec.reference.source}"


def _measurement(spec: MeasurementSpec) -> tuple[str, ...]:
    interval = "none" if spec.calibration is Calibration.NONE else "90 %"
    sign = ", signed" if spec.signed else ""
    unit = f"{_UNITS[spec.quantity]}{sign}"
    return (
        f"`{spec.name}`",
        spec.definition,
        _codes(spec.sites),
        _codes(spec.methods),
        unit,
        interval,
        _codes(spec.structures),
        _reference(spec),
        _code(spec),
    )


def _code(spec: MeasurementSpec) -> str:
    """Its code in DICOM, and where; empty for one of radcaliper's own scheme, whose value is the name."""
    if spec.standard_code is None:
        return ""
    region = f" of {spec.region.meaning}" if spec.region else ""
    return f"{spec.code.value} {spec.code.scheme} ({spec.code.meaning}{region})"


def _structure(spec: StructureSpec) -> tuple[str, ...]:
    code = f"{spec.code.value} ({spec.code.meaning}{', ' + spec.laterality if spec.laterality else ''})"
    kind = "vital" if spec.vital else "may be absent" if spec.may_be_absent else ""
    return f"`{spec.pattern or spec.name}`", spec.label, code, kind


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for protocol in dict.fromkeys(spec.protocol for spec in MEASUREMENTS):
        measurements = [_measurement(spec) for spec in MEASUREMENTS if spec.protocol == protocol]
        structures = [_structure(spec) for spec in STRUCTURES if spec.protocol == protocol]
        parts += [
            f"## {protocol.capitalize()}\n",
            _table(_HEADER, measurements) + "\n",
            _table(("structure", "label", "SNOMED CT", ""), structures) + "\n",
        ]
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
