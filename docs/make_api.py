"""Write docs/api.md, the list of what users call, from the docstrings: ``python docs/make_api.py``."""

from __future__ import annotations

import inspect
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Final

from radcaliper.measurements import chest, spine, tubes

PAGE: Final = Path(__file__).resolve().parent / "api.md"
API: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "In a notebook": {
        "radcaliper.measuring": ("measure",),
        "radcaliper.reading": ("read",),
        "radcaliper.measurement_table": ("MeasurementTable.measurement", "MeasurementTable.to_frame"),
        "radcaliper.geometry": ("measure_masks", "measure_landmarks"),
        "radcaliper.comparison": ("compare",),
        "radcaliper.pipelines.comparison.change": ("change_of",),
        "radcaliper.pipelines.comparison.compare": ("compare_measurements",),
    },
    "Measuring films": {
        "radcaliper.pipelines.protocols.registry": ("analyse",),
        "radcaliper.pipelines.protocols.base": ("Protocol.analyse",),
        "radcaliper.pipelines.settings": ("read_settings", "rules_of"),
        "radcaliper.pipelines.review.remeasure": ("remeasure", "Remeasured"),
        "radcaliper.models.registry": (
            "Bundle",
            "Bundle.verified_weights",
            "Bundle.verified_engine_file",
            "Bundle.verified_integer_file",
            "list_of_hashes",
            "check_list",
        ),
    },
    "Films and results": {
        "radcaliper.measurements.types": (
            "Radiograph",
            "Grid",
            "Grid.length",
            "Grid.coarser",
            "Prediction",
            "MeasuredValue",
            "Measurement",
            "Analysis",
        ),
    },
    "Catalog": {
        "radcaliper.measurements.catalog": ("measurements_of", "with_sites"),
        "radcaliper.measurements.structures": ("structures_of",),
        "radcaliper.measurements.specs": (
            "MeasurementSpec",
            "MeasurementSpec.value",
            "MeasurementSpec.measure",
            "ReferenceRange",
            "ReferenceRange.word",
        ),
    },
    "Chest": {"radcaliper.measurements.chest": tuple(chest.__all__)},
    "Tubes and lines": {"radcaliper.measurements.tubes": tuple(tubes.__all__)},
    "Spine": {"radcaliper.measurements.spine": tuple(spine.__all__)},
    "Geometry": {"radcaliper.measurements.geometry": ("angle_between", "line_direction")},
    "Quality": {
        "radcaliper.qc.intervals": ("interval",),
        "radcaliper.qc.mask_quality": ("mask_qualities",),
        "radcaliper.qc.features": ("quality_features",),
        "radcaliper.qc.status_rules": (
            "StatusRules",
            "StatusRules.of_mask",
            "StatusRules.too_wide",
            "StatusRules.of_measurements",
        ),
        "radcaliper.qc.gates.film": ("film_findings", "acquisition_findings"),
        "radcaliper.qc.gates.chest": ("chest_findings",),
        "radcaliper.qc.gates.spine": ("spine_findings",),
    },
}
"""What users call: by subject and module, functions, classes and methods. All have numpydoc sections."""
_HEAD: Final = """# What users call

The functions and classes that are called from outside, by subject. Each has a docstring with parameters, returned
values, errors and an example: `help(name)` shows it. This page is written from the docstrings by
`python docs/make_api.py`, and a test holds it against them. The words are those of the [glossary](glossary.md).
"""


def parameters(called: Any) -> list[str]:
    """The names of a function's parameters without ``self``; ``*args`` keeps its star."""
    named = [each for each in inspect.signature(called).parameters.values() if each.name != "self"]
    return [f"*{each.name}" if each.kind is each.VAR_POSITIONAL else each.name for each in named]


def summary(documented: Any) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((inspect.getdoc(documented) or "").split("\n\n")[0].split()).replace("``", "`")


def _row(module: str, name: str) -> str:
    documented = resolve_name(f"{module}:{name}")
    call = name if inspect.isclass(documented) else f"{name}({', '.join(parameters(documented))})"
    return f"| `{call}` | {summary(documented)} |"


def _table(module: str, names: tuple[str, ...]) -> str:
    rows = [_row(module, name) for name in names]
    return "\n".join([f"`{module}`\n", "| name | what it does |", "| --- | --- |", *rows]) + "\n"


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for subject, modules in API.items():
        parts += [f"## {subject}\n", *(_table(module, names) for module, names in modules.items())]
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
