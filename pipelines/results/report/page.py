"""The page: one HTML file with a table of films, their numbers and how these are distributed. Nothing leaves it."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from radcaliper.pipelines.protocols.wording import UNIT_WORDS
from radcaliper.pipelines.results.files import write_whole
from radcaliper.pipelines.results.names import overlay_place, thumbnail_place
from radcaliper.pipelines.results.report.distributions import (
    QUALITY,
    Distribution,
    MainColumn,
    Overview,
)
from radcaliper.pipelines.results.report.listed import (
    ListedFilm,
    WorstFilms,
    definitions,
    label_of,
    reason_words,
)
from radcaliper.pipelines.results.stored import StoredResult, StoredResults

if TYPE_CHECKING:
    from markupsafe import Markup

_STATUSES: Final = ("ok", "review", "refused", "failed")
_FOLDER: Final = Path(__file__).resolve().parent


def _part(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash_source(content: str) -> str:
    """How a policy names the one script or style that may run."""
    return f"'sha256-{base64.b64encode(sha256(content.encode()).digest()).decode()}'"


def _policy(style: str, script: str) -> str:
    """Nothing is loaded but the page's own style and script, and pictures in it or beside it."""
    return (
        f"default-src 'none'; img-src 'self' data:; style-src {_hash_source(style)};"
        f" script-src {_hash_source(script)}; base-uri 'none'; form-action 'none'"
    )


class _Pictures:
    """Where the pictures of films are, as the page names them."""

    def __init__(self, out: Path, embedded: bool) -> None:
        self._out, self._embedded = out, embedded

    def overlay_href(self, image: str) -> str:
        """The overlay beside the page; empty where there is none."""
        place = overlay_place(image)
        return quote(place) if (self._out / place).is_file() else ""

    def picture(self, image: str) -> str:
        """The small picture, in the page or beside it; the overlay where there is no small one."""
        place = thumbnail_place(image)
        try:
            content = (self._out / place).read_bytes()
        except OSError:  # results from before there were small pictures, or none of this film
            return self.overlay_href(image)
        return f"data:image/webp;base64,{base64.b64encode(content).decode()}" if self._embedded else quote(place)


def _values(film: ListedFilm, distribution: Distribution, columns: Sequence[MainColumn]) -> list[float]:
    """A film's values in a distribution."""
    if distribution.name == QUALITY:
        return [] if film.quality is None else [film.quality]
    found = (column.among(film) for column in columns if column.spec.name == distribution.name)
    unit = UNIT_WORDS[distribution.unit]
    return [each.sorts_as for each in found if each is not None and each.sorts_as is not None and each.unit == unit]


def _film_data(film: ListedFilm, overlay: str, columns: Sequence[MainColumn], shown: Sequence[Distribution]) -> Any:
    """What the script knows of a film."""
    values = {place: _values(film, each, columns) for place, each in enumerate(shown)}
    main = [column.among(film) for column in columns]
    return {
        "name": film.image,
        "status": film.status,
        "protocol": film.protocol,
        "reasons": film.reasons,
        "error": film.error,
        "overlay": overlay,
        "quality": film.quality,
        "columns": [None if each is None else each.sorts_as for each in main],
        "values": {place: found for place, found in values.items() if found},
        "numbers": [list(vars(each).values())[:-1] for each in film.numbers],
        "masks": [list(vars(each).values()) for each in film.masks],
    }


def _codes(films: Iterable[ListedFilm]) -> set[str]:
    """Every reason code on the page."""
    found: set[str] = set()
    for film in films:
        found.update(film.reasons, *(each.reasons for each in film.numbers), *(each.reasons for each in film.masks))
    return found


def _embedded(data: object) -> Markup:
    """Data for the page's script, with nothing in it that could end the element that it stands in."""
    from markupsafe import Markup

    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _ordered(counts: Counter[str]) -> dict[str, int]:
    """Statuses from ok to failed, then any other."""
    return {status: counts[status] for status in [*_STATUSES, *sorted(set(counts) - set(_STATUSES))] if counts[status]}


def report_page(films: Iterable[StoredResult], out: Path, run: Mapping[str, Any]) -> str:
    """The page on films whose pictures lie in a results folder; memory does not grow with their number."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    worst, overview = WorstFilms(), Overview()
    for film in films:
        worst.add(film)
        overview.add(film)
    found, pictures = worst.films(), _Pictures(out, worst.are_all)
    columns, shown = overview.columns(), overview.shown()
    listed_statuses = Counter(film.status for film in found)
    data = {
        "films": [_film_data(film, pictures.overlay_href(film.image), columns, shown) for film in found],
        "definitions": definitions(found),
        "reasons": {code: reason_words(code) for code in sorted(_codes(found))},
    }
    style, script = _part("page.css"), _part("page.js")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_part("page.html")).render(
        total=worst.total,
        are_all=worst.are_all,
        films=found,
        listed_at={film.image: place for place, film in enumerate(found)},
        columns=columns,
        distributions=shown,
        statuses=_ordered(overview.statuses),
        listed_statuses=_ordered(listed_statuses),
        rest=_ordered(overview.statuses - listed_statuses),
        protocols=dict(sorted(overview.protocols.items())),
        reasons=dict(Counter(code for film in found for code in film.reasons).most_common()),
        reason_words=reason_words,
        label_of=label_of,
        picture=pictures.picture,
        overlay_href=pictures.overlay_href,
        policy=_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        data=_embedded(data),
        run=run,
    )


def write_report(results: StoredResults) -> None:
    """Write ``report.html`` of a results folder from its database and its pictures."""
    write_whole(results.out / "report.html", report_page(results.films(), results.out, results.run()))
