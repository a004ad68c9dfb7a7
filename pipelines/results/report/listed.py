"""The films that the page lists: all of a small folder, the worst ones of a large one."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from radcaliper.measurements.catalog import MEASUREMENTS
from radcaliper.measurements.types import Unit
from radcaliper.pipelines.protocols.registry import EVERY_PROTOCOL, PROTOCOLS
from radcaliper.pipelines.protocols.wording import UNIT_WORDS, look_words, number_words
from radcaliper.pipelines.results.records import codes, parse_details
from radcaliper.pipelines.results.report_order import report_order
from radcaliper.pipelines.results.rows import Cell, Row
from radcaliper.pipelines.results.stored import StoredResult
from radcaliper.qc.reasons import REASONS

MOST_LISTED: Final = 1000
"""So many films stand on the page with their pictures in it."""
LISTED_OF_MORE: Final = 500
"""So many, the worst, where there are more; their pictures are files beside it."""
_UNKNOWN_REASON: Final = "a reason that this version of radcaliper does not know"


@dataclass(frozen=True)
class Number:
    """A measurement as the page shows it; ``value`` and the ends of its interval are words, ``sorts_as`` a number."""

    measurement: str
    site: str
    method: str
    status: str
    value: str
    unit: str
    interval: str
    reference_class: str
    reasons: tuple[str, ...]
    corrected: str
    details: str
    sorts_as: float | None


@dataclass(frozen=True)
class MaskLine:
    """A structure as the page shows it."""

    label: str
    status: str
    quality: str
    quality_lower: str
    presence: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class ListedFilm:
    """One film on the page."""

    image: str
    status: str
    reasons: tuple[str, ...]
    looks_like: str
    error: str
    protocol: str
    quality: float | None
    numbers: tuple[Number, ...]
    masks: tuple[MaskLine, ...]


def as_number(cell: Cell) -> float | None:
    """A cell's number; None for whatever else stands in it, infinity among it."""
    return float(cell) if isinstance(cell, (int, float)) and math.isfinite(cell) else None


def _words(cell: Cell, unit: Cell) -> str:
    """A number as people write it; whatever else stands in a cell, as it is."""
    number = as_number(cell)
    if number is None or unit not in list(Unit):
        return "" if cell is None else str(cell)
    return number_words(number, Unit(unit))


def _share(cell: Cell) -> str:
    """A share of one in two digits."""
    number = as_number(cell)
    return ("" if cell is None else str(cell)) if number is None else f"{number:.2f}"


def reason_words(code: str) -> str:
    """A reason code in words."""
    return REASONS.get(code, f"{code}: {_UNKNOWN_REASON}.")


def label_of(protocol: str) -> str:
    """A protocol's name for people."""
    return EVERY_PROTOCOL[protocol].label if protocol in EVERY_PROTOCOL else protocol


def standing_value(row: Row) -> float | None:
    """The value of a row of measurements that counts: a reviewer's before the automatic one."""
    corrected = as_number(row["corrected_value"])
    return as_number(row["value"]) if corrected is None else corrected


def _details_words(cell: str) -> str:
    """What else is known of a number; a vertebra by its level where that is known."""
    details = parse_details(cell)
    levels = {f"{key}_level" for key in details if f"{key}_level" in details}
    shown = {key: details.get(f"{key}_level", value) for key, value in details.items() if key not in levels}
    return ", ".join(f"{key} {value}" for key, value in shown.items()).replace("_", " ")


def _number(row: Row) -> Number:
    unit = row["unit"]
    ends = [_words(row[end], unit) for end in ("lower", "upper")]
    signed = _words(row["corrected_value"], unit)
    return Number(
        str(row["measurement"]),
        str(row["site"] or ""),
        str(row["method"] or ""),
        str(row["status"]),
        _words(row["value"], unit),
        UNIT_WORDS[Unit(unit)] if unit in list(Unit) else str(unit or ""),
        " to ".join(ends) if all(ends) else "",
        str(row["class"] or "").replace("_", " "),
        codes(str(row["reasons"] or "")),
        f"{signed} by {row['reviewer']}" if signed else "",
        _details_words(str(row["details"] or "")),
        standing_value(row),
    )


def _mask_line(row: Row, protocol: str) -> MaskLine:
    name = str(row["structure"])
    specs = PROTOCOLS[protocol].structures if protocol in PROTOCOLS else ()
    spec = next((each for each in specs if each.matches(name)), None)
    return MaskLine(
        name.replace("_", " ").capitalize() if spec is None or spec.pattern else spec.label,
        str(row["status"]),
        _share(row["quality"]),
        _share(row["quality_lower"]),
        _share(row["presence"]),
        codes(str(row["reasons"] or "")),
    )


def worst_quality(structures: Iterable[Row]) -> float | None:
    """The lowest predicted Dice of a film's masks; of a structure that was not seen there is no mask."""
    found = (as_number(row["quality"]) for row in structures if row["area_px"] != 0)
    return min((quality for quality in found if quality is not None), default=None)


def listed(film: StoredResult) -> ListedFilm:
    """A film as the page shows it."""
    row, protocol = film.row, str(film.row["protocol"] or "")
    return ListedFilm(
        film.image,
        str(row["status"]),
        codes(str(row["reasons"] or "")),
        look_words(str(row["view"] or "")) if row["status"] == "refused" else "",
        str(row["error"] or ""),
        protocol,
        worst_quality(film.structures),
        tuple(map(_number, film.measurements)),
        tuple(_mask_line(each, protocol) for each in film.structures),
    )


Goodness = tuple[int, float, int]
"""The better a film, the lower: of two films as good as one another, the later one counts as better."""


class WorstFilms:
    """The worst of all films that were added, at most 1,000 at a time, whatever their number."""

    def __init__(self) -> None:
        self._heap: list[tuple[Goodness, ListedFilm]] = []
        self.total = 0

    def add(self, film: StoredResult) -> None:
        """Count a film, and keep it if it is among the worst."""
        status, quality, _ = report_order(str(film.row["status"]), worst_quality(film.structures), film.image)
        key = -status, -quality, -self.total
        self.total += 1
        if len(self._heap) < MOST_LISTED:
            heapq.heappush(self._heap, (key, listed(film)))
        elif key > self._heap[0][0]:
            heapq.heapreplace(self._heap, (key, listed(film)))

    @property
    def are_all(self) -> bool:
        """Whether the page lists every film."""
        return self.total <= MOST_LISTED

    def films(self) -> list[ListedFilm]:
        """The films that the page lists, the worst first."""
        found = [film for _, film in sorted(self._heap, key=lambda each: each[0], reverse=True)]
        return found if self.are_all else found[:LISTED_OF_MORE]


def definitions(films: Sequence[ListedFilm]) -> dict[str, dict[str, str]]:
    """Label, definition and source of the reference range of every measurement on the page, by name."""
    known = {spec.name: spec for protocol in PROTOCOLS.values() for spec in protocol.measurements}
    known |= {spec.name: spec for spec in MEASUREMENTS}
    found = {}
    for name in dict.fromkeys(number.measurement for film in films for number in film.numbers):
        spec = known.get(name)
        found[name] = {
            "label": name if spec is None else spec.label,
            "definition": "" if spec is None else spec.definition,
            "reference": "" if spec is None or spec.reference is None else spec.reference.source,
        }
    return found
