"""Scores of tubes: against labelled real tubes, on films without any, and against tubes drawn into held-out films."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.chest.tubes.anatomy import anatomy_of
from radcaliper.learning.chest.tubes.backgrounds import has_tube
from radcaliper.learning.chest.tubes.drawn_films import DrawnFilm, drawn_films, inside
from radcaliper.learning.chest.tubes.lines import DrawnLine
from radcaliper.learning.datasets.chest import LabelledFilm, read_manifest, read_mask
from radcaliper.learning.datasets.spine import read_grey
from radcaliper.learning.scores import Score
from radcaliper.measurements.chest import find_carina
from radcaliper.measurements.tubes.course import find_courses
from radcaliper.measurements.types import Analysis, Grid, Mask, NotMeasurable, Point, Radiograph, Unit
from radcaliper.models.tubes.candidates import entry_likelihood
from radcaliper.models.tubes.channels import TUBES
from radcaliper.pipelines.protocols.chest import PROTOCOL
from radcaliper.pipelines.protocols.chest.tubes import TUBE_MEASUREMENTS, tube_of

_SCENES: Final = 2
_SCENES_WITH_CARINA: Final = 8
_FILM_MM: Final = 0.4 * 1024
"""The longest side of a film of unknown spacing: 1024 pixels of a nominal 0.4 mm."""
_AT_EDGE: Final = 0.012
"""A labelled tube that ends within this share of the film's height from its edge leaves the film."""


def _present(analysis: Analysis) -> set[str]:
    return set() if analysis.prediction is None else set(analysis.prediction.masks) & set(TUBES)


def _percent(a: Point, b: Point, height: int) -> float:
    return 100 * float(np.hypot(a.row - b.row, a.col - b.col)) / height


def tubed_films(data: Path) -> frozenset[str]:
    """Names of the manifest's films with a labelled tube."""
    manifest = read_manifest(data)
    return frozenset(manifest.image[has_tube(manifest)])


def clear_scores(dataset: str, film: LabelledFilm, analysis: Analysis) -> Iterator[Score]:
    """False tubes on a film without any."""
    for kind in TUBES:
        yield Score(dataset, f"false {kind}", film.name, float(kind in _present(analysis)))
    yield Score(dataset, "false tube of any kind", film.name, float(bool(_present(analysis))))


def carina_scores(dataset: str, film: LabelledFilm, analysis: Analysis) -> Iterator[Score]:
    """Whether the carina was found, and how far off, in percent of the film's height."""
    with suppress(NotMeasurable):  # the labelled airways show no fork: there is no truth
        truth = find_carina(film.targets["airways"])
        yield Score(dataset, "found carina", film.name, float("carina" in analysis.landmarks))
        if "carina" in analysis.landmarks:
            off = _percent(analysis.landmarks["carina"].point, truth, film.grey.shape[0])
            yield Score(dataset, "off carina, % of height", film.name, off)


def _labelled_course(kind: str, mask: Mask, veins_end: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The course of a labelled tube, from its mask; None where the mask is too small."""
    small = cv2.resize(mask.astype(np.uint8), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) > 0
    found = find_courses(small, lambda ends: entry_likelihood(kind, veins_end / 2, ends), 30)
    return 2 * found[0] if found and len(found[0]) > 15 else None


def _leaves(place: NDArray[np.float64], shape: tuple[int, int]) -> bool:
    margin = _AT_EDGE * shape[0]
    row, col = place
    return bool(min(row, col, shape[0] - 1 - row, shape[1] - 1 - col) < margin)


def _score_real(dataset: str, kind: str, name: str, mask: Mask, analysis: Analysis) -> Iterator[Score]:
    yield Score(dataset, f"found {kind}", name, float(kind in _present(analysis)))
    height, width = mask.shape
    carina = analysis.landmarks.get("carina")
    veins_end = np.array([0.4 * height, 0.5 * width] if carina is None else carina.point, float)
    course = _labelled_course(kind, mask, veins_end)
    if kind not in _present(analysis) or course is None:
        return
    outside = _leaves(course[-1], (height, width))
    tip = analysis.landmarks.get(f"{kind}_tip")
    yield Score(dataset, f"tip on film agrees, {kind}", name, float((tip is None) == outside))
    if tip is not None and not outside:
        others = [mark.point for label, mark in analysis.landmarks.items() if label.startswith(kind)]
        truth = Point(float(course[-1, 0]), float(course[-1, 1]))
        yield Score(
            dataset, f"off {kind}_tip, % of height", name, min(_percent(each, truth, height) for each in others)
        )


def real_scores(data: Path) -> Iterator[Score]:
    """Every film with a labelled tube: none of them, nor another film of their patients, was trained on."""
    chest = data / "chest"
    films = [data / name for name in sorted(tubed_films(data))] + sorted((chest / "picc" / "images").glob("*.jpg"))
    for path in films:
        folder, name = path.parent.parent, path.relative_to(data).as_posix()
        analysis = PROTOCOL.analyse(name, Radiograph(read_grey(path)))
        for kind in TUBES:
            label = folder / "masks" / kind / f"{path.stem}.png"
            if label.exists():
                yield from _score_real(f"{folder.name}, real tubes", kind, name, read_mask(label), analysis)


def _nearest(lines: tuple[DrawnLine, ...], point: Point) -> float:
    return min(float(np.hypot(*(line.tip - np.array(point)))) for line in lines)


def _score_drawn(dataset: str, film: DrawnFilm, analysis: Analysis, carina_drawn: bool) -> Iterator[Score]:
    shape = (film.grey.shape[0], film.grey.shape[1])
    mm = _FILM_MM / max(shape)
    for kind, lines in film.tubes.items():
        if not lines:
            yield Score(dataset, f"false {kind}", film.name, float(kind in _present(analysis)))
            continue
        yield Score(dataset, f"found {kind}", film.name, float(kind in _present(analysis)))
        tip = analysis.landmarks.get(f"{kind}_tip")
        on_film = tuple(line for line in lines if inside(line.path[-1:], shape)[0])
        if tip is None or not on_film:
            continue
        yield Score(dataset, f"off {kind}_tip, mm", film.name, _nearest(on_film, tip.point) * mm)
    if carina_drawn:
        yield from _score_distances(dataset, film, analysis, mm)


def _score_distances(dataset: str, film: DrawnFilm, analysis: Analysis, mm: float) -> Iterator[Score]:
    """Distances, in millimetres of the nominal scale, against those of the drawn course and the labelled carina."""
    if analysis.prediction is None:
        return
    carina = Point(*map(float, film.anatomy["trachea"][-1]))
    for found in (each for each in analysis.measurements if each.spec in TUBE_MEASUREMENTS):
        lines = film.tubes[tube_of(found.spec)]
        if len(lines) != 1 or found.value is None or found.unit is Unit.RATIO:
            continue
        truth = found.spec.measure(lines[0].path, carina, analysis.prediction.masks, Grid()).value
        yield Score(dataset, f"error {found.name}, mm", film.name, (found.value - truth) * mm, truth * mm)
        covered = found.lower is not None and found.upper is not None and found.lower <= truth <= found.upper
        yield Score(dataset, f"covered {found.name}", film.name, float(covered))


def drawn_scores(film: LabelledFilm, analysis: Analysis) -> Iterator[Score]:
    """Tubes drawn into a held-out film without any: found, their tips' distance, the distances measured."""
    if analysis.prediction is None:
        return
    airways = film.targets.get("airways")
    anatomy = anatomy_of(dict(analysis.prediction.masks), airways)
    if anatomy is None:
        return
    carina_known = airways is not None and anatomy.carina_seen
    for drawn in drawn_films(film.name, film.grey, anatomy, range(_SCENES_WITH_CARINA if carina_known else _SCENES)):
        found = PROTOCOL.analyse(drawn.name, Radiograph(drawn.grey))
        yield from _score_drawn("tubes drawn into held-out films", drawn, found, carina_known)
