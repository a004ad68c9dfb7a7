"""report.html: one page that needs nothing beside it, worst quality first."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from radcaliper.pipelines.results.files import write_whole
from radcaliper.pipelines.results.names import overlay_place
from radcaliper.pipelines.results.rows import Row
from radcaliper.pipelines.results.stored import StoredResults
from radcaliper.qc.reasons import REASONS

_TEMPLATE: Final = Path(__file__).resolve().parent / "report.html"
_ORDER: Final = {"failed": 0, "refused": 1, "review": 2, "ok": 3}
_PICTURES: Final = 200
"""Pictures of the worst films go into the page; a page of thousands would not open."""
_PICTURE_SIDE: Final = 360


@dataclass(frozen=True)
class Entry:
    """One film on the page."""

    image: Row
    worst_quality: float | None
    structures: tuple[Row, ...]
    measurements: tuple[Row, ...]
    picture: str


def _picture(path: Path) -> str:
    """The overlay as a small JPEG in base64; empty where there is none, or none that can be read."""
    try:
        image = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error):  # a page without a picture is better than none
        return ""
    if image is None:
        return ""
    scale = _PICTURE_SIDE / max(image.shape[:2])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return base64.b64encode(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()).decode()


def _worst_quality(structures: Iterable[Row]) -> float | None:
    return min((float(row["quality"]) for row in structures if isinstance(row["quality"], (int, float))), default=None)


def _digits(value: object, how: str = "%.4g") -> str:
    """A number's digits; whatever else stands in a cell, as it is."""
    return how % value if isinstance(value, (int, float)) else "" if value is None else str(value)


def _entries(results: StoredResults) -> list[Entry]:
    films = [(film, _worst_quality(film.structures)) for film in results.films()]
    films.sort(key=lambda film: (_ORDER.get(str(film[0].row["status"]), 0), 1.0 if film[1] is None else film[1]))
    return [
        Entry(
            film.row,
            worst,
            film.structures,
            film.measurements,
            _picture(results.out / overlay_place(film.image)) if place < _PICTURES else "",
        )
        for place, (film, worst) in enumerate(films)
    ]


def write_report(results: StoredResults) -> None:
    """Write ``report.html`` of a results folder from its database and its overlays."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    entries = _entries(results)
    environment.filters["digits"] = _digits
    counts = Counter(str(entry.image["status"]) for entry in entries)
    page = environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        entries=entries, counts=counts, statuses=list(_ORDER)[::-1], reasons=REASONS, run=results.run()
    )
    write_whole(results.out / "report.html", page)
