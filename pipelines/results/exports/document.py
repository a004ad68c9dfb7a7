"""What is known of one film as one JSON document: its types, from which the published schema derives.

A measurement says how it came about in its ``steps``: on which structures, between which points, by which rule, and
against which limit.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION: Final = "1.0"
"""Its first number changes where a program that read the former documents would read the new ones wrongly."""
SCHEMA: Final = Path(__file__).resolve().parent / "film.schema.json"
"""The published schema, which lies in the package."""

StatusWord = Literal["ok", "review", "refused", "failed", "absent"]
UnitWord = Literal["deg", "mm", "px", "mm2", "px2", "ratio"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reason(_Part):
    """A reason code with its explanation."""

    code: str
    meaning: str


class Point(_Part):
    """A place in the file's own pixels; (0, 0) is the centre of the first."""

    row: float
    col: float


class Spacing(_Part):
    """The distance of the file's rows and columns in mm, and who says it."""

    row_mm: float
    col_mm: float
    source: str


class Code(_Part):
    """A code of a terminology, as SNOMED CT (``SCT``)."""

    scheme: str
    value: str
    meaning: str


class Structure(_Part):
    """A structure: how good its mask is, and where the mask lies."""

    name: str
    label: str
    code: Code | None
    laterality: str
    status: StatusWord
    presence: float | None = Field(description="Probability that it is there, where it may be absent.")
    quality: float | None = Field(description="Predicted Dice of its mask, 0 to 1.")
    quality_lower: float | None = Field(description="90 % lower bound of the predicted Dice.")
    area_px: int | None
    area_mm2: float | None
    reasons: list[Reason]


class UsedStructure(_Part):
    """A structure that a number rests on."""

    name: str
    status: StatusWord
    quality: float | None
    quality_lower: float | None


class Limit(_Part):
    """What the value is held against; the words are those of the ranges between the limits, from below."""

    limits: list[float]
    limits_by_view: dict[str, list[float]]
    words: list[str]
    within_reader_noise: float = Field(description="So near to a limit, a value is called indeterminate.")
    source: str


class Steps(_Part):
    """How a number came about, in this order."""

    structures: list[UsedStructure]
    points: list[Point] = Field(description="What a person would draw; the value follows from them.")
    rule: str = Field(description="What is measured, in a sentence.")
    limit: Limit | None = Field(description="None where no reference range is agreed.")


class Interval(_Part):
    """The interval that holds the true value nine times in ten."""

    lower: float
    upper: float
    level: float = 0.9


class Correction(_Part):
    """What a reviewer signed of a number; ``value`` is None where there is no such number."""

    value: float | None
    reviewer: str
    reviewed_at: str
    comment: str


class Measurement(_Part):
    """One number: the automatic one, and beside it what a reviewer made of it."""

    name: str
    label: str
    site: str
    method: str
    status: StatusWord
    value: float | None
    unit: UnitWord | None
    interval: Interval | None = Field(description="None for a number that was refused or never calibrated.")
    reference_class: str = Field(serialization_alias="class")
    reasons: list[Reason]
    details: dict[str, str]
    correction: Correction | None
    steps: Steps


class Landmark(_Part):
    """A named place."""

    name: str
    row: float
    col: float
    confidence: float = Field(description="0 to 1.")


class Film(_Part):
    """A film with all that is known of it."""

    schema_version: Literal["1.0"] = "1.0"
    radcaliper: str = Field(description="The version of radcaliper that wrote the document.")
    image: str
    patient: str | None = Field(description="The patient's keyed hash, with --pseudonyms alone.")
    sha256: str
    status: StatusWord
    reasons: list[Reason]
    error: str
    protocol: str
    view: str
    view_probability: float | None
    height: int | None
    width: int | None
    spacing: Spacing | None
    model: str
    structures: list[Structure]
    measurements: list[Measurement]
    landmarks: list[Landmark]


def schema() -> dict[str, Any]:
    """The JSON schema of a document."""
    found: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return found | Film.model_json_schema(by_alias=True, mode="serialization")


def schema_text() -> str:
    """The schema as it is published."""
    return json.dumps(schema(), indent=2) + "\n"
