"""The pages that say what each number is, written from the catalog: a section and a drawing for each."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from drawings import draw_measurement

from radcaliper.measurements.catalog import MEASUREMENTS
from radcaliper.measurements.specs import Calibration, MeasurementSpec, Quantity
from radcaliper.measurements.types import NotMeasurable
from radcaliper.pipelines.protocols.registry import PROTOCOLS

_UNITS: Final = {
    Quantity.ANGLE: "degrees (`deg`)",
    Quantity.RATIO: "none, a ratio (`ratio`)",
    Quantity.LENGTH: "millimetres (`mm`) where the pixel spacing is known, else pixels of the film (`px`)",
    Quantity.AREA: "square millimetres (`mm2`) where the pixel spacing is known, else pixels of the film (`px2`)",
}
_INTERVALS: Final = {
    Calibration.BY_NAME: "90 %: the spread over the network's passes and a floor, scaled so that it holds nine of ten"
    " true values on films that the network never saw (the model card gives n)",
    Calibration.BY_SITE: "90 %, calibrated for each site by itself, as the model card says",
    Calibration.NONE: "none: it was never calibrated",
}


def _codes(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{word}`" for word in words if word) or "one only"


def _range(spec: MeasurementSpec) -> str:
    reference = spec.reference
    if reference is None:
        return "none is agreed; `class` stays empty"
    views = reference.limits_by_view or {"": reference.limits}
    limits = "; ".join(f"{view} {', '.join(f'{limit:g}' for limit in each)}".strip() for view, each in views.items())
    words = ", ".join(f"`{word}`" for word in reference.words)
    near = f" Within {reference.noise:g} of a limit: `indeterminate`." if reference.noise else ""
    return f"{words}, parted at {limits}.{near} {reference.source}"


def _section(spec: MeasurementSpec, drawn: bool) -> str:
    change = spec.least_change or (0 if spec.reference is None else spec.reference.noise)
    rows = {
        "Unit": _UNITS[spec.quantity],
        "Sign": "may be negative, as the definition says" if spec.signed else "never negative",
        "Sites": _codes(spec.sites),
        "Methods": _codes(spec.methods) + ("; the first is the one to use" if len(spec.methods) > 1 else ""),
        "Rests on": _codes(spec.structures),
        "Interval": _INTERVALS[spec.calibration],
        "Reference range": _range(spec),
        "Between two films": f"called a change beyond both intervals{f', from {change:g} on' if change else ''}",
        "Pitfalls": spec.pitfalls,
    }
    picture = f"```{{image}} {spec.name}.svg\n:alt: {spec.label}, drawn\n```\n\n" if drawn else ""
    facts = "\n".join(f"| **{name}** | {words} |" for name, words in rows.items())
    return f"## {spec.label}\n\n`{spec.name}`\n\n{picture}{spec.definition}\n\n|  |  |\n| --- | --- |\n{facts}\n"


def _is_drawn(spec: MeasurementSpec, folder: Path) -> bool:
    try:
        figure = draw_measurement(spec)
    except NotMeasurable:
        return False
    figure.savefig(folder / f"{spec.name}.svg", metadata={"Date": None})
    return True


def write_number_pages(folder: Path) -> None:
    """Write a page and its drawings for each protocol, and the page that lists them."""
    folder.mkdir(exist_ok=True)
    names = dict.fromkeys(spec.protocol for spec in MEASUREMENTS)
    for name in names:
        sections = [_section(spec, _is_drawn(spec, folder)) for spec in MEASUREMENTS if spec.protocol == name]
        text = f"# {PROTOCOLS[name].label}: what each number is\n\n" + "\n".join(sections)
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    listed = "\n".join(names)
    (folder / "index.md").write_text(
        "# What each number is\n\nDefinition, unit, sign, reference range with its source, what it rests on, how it"
        " misleads. Drawings show simple shapes, no patient. Reference ranges describe; they do not diagnose.\n\n"
        f"```{{toctree}}\n{listed}\n../measurements\n```\n",
        encoding="utf-8",
    )
