"""Calibrate the tubes: ``python -m radcaliper.learning.chest.tubes.calibrate DATA WORK FOLDS QC``.

The quality bounds of masks come from tubes drawn with fixed seeds into films without any of held-out patients, the half
widths of distances to the carina from real tips and carinas that the weights in FOLDS did not learn from. Both are
written into the tables of the folder QC. WORK keeps the chest network's masks of the films, as for the training. The
coverage printed is cross-fitted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from scipy.spatial import cKDTree

from radcaliper.learning.chest.tubes.anatomy import anatomy_of
from radcaliper.learning.chest.tubes.backgrounds import Background, backgrounds
from radcaliper.learning.chest.tubes.distance_widths import (
    DistanceError,
    half_widths,
    half_widths_to_carina,
    place_errors,
)
from radcaliper.learning.chest.tubes.drawn_films import DrawnFilm, drawn_films
from radcaliper.learning.chest.tubes.lines import DrawnLine
from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.learning.dice_bound import MaskExample, basic_features, fit_bounds, update_qualities
from radcaliper.measurements.catalog import NGT_TIP_TO_DIAPHRAGM
from radcaliper.measurements.tubes import tracheal_width
from radcaliper.measurements.types import Grid, Mask, Masks, NotMeasurable, Radiograph
from radcaliper.models.inference.agreement import dice
from radcaliper.models.tubes.candidates import Candidate, Candidates, course_mask, tube_candidates
from radcaliper.models.tubes.maps import shipped_model
from radcaliper.models.tubes.predict import PRESENT

_SCENES: Final = range(100, 104)
_SCENES_WITH_CARINA: Final = range(100, 112)
"""Numbers of the scenes over a film, other than those of the evaluation. There are more where airways are labelled."""
_NEAR_MM: Final = 8.0
_LEAST_STROKE_MM: Final = 2.3
"""Half the width that the thinnest lines are drawn with in training targets."""


@dataclass(frozen=True)
class DrawnExample:
    """One film with drawn tubes, the chest masks of the film without them, and the network's candidates."""

    film: DrawnFilm
    masks: Masks
    candidates: Candidates


def _drawn_examples(background: Background) -> Iterator[DrawnExample]:
    anatomy = anatomy_of(background.masks, background.airways)
    if anatomy is not None:
        numbers = _SCENES_WITH_CARINA if anatomy.carina_seen and background.airways is not None else _SCENES
        for film in drawn_films(background.name, background.grey, anatomy, numbers):
            candidates = tube_candidates(Radiograph(film.grey), background.masks, shipped_model())
            yield DrawnExample(film, background.masks, candidates)


def _line_of(tube: Candidate, lines: tuple[DrawnLine, ...], mm: float) -> DrawnLine | None:
    """The drawn line that most of a candidate lies near; None if there is none."""
    for line in lines:
        is_near = cKDTree(line.path).query(tube.path)[0] < _NEAR_MM * mm
        if is_near.mean() > 0.5:
            return line
    return None


def _mask_of(line: DrawnLine, mm: float, shape: tuple[int, int]) -> Mask:
    return course_mask(line.path, shape, max(1, round(2 * max(line.radius, _LEAST_STROKE_MM * mm))))


def _found_tubes(each: DrawnExample) -> Iterator[tuple[Candidate, DrawnLine]]:
    """The candidates that count as present, each with the line that was drawn."""
    for tube in each.candidates.tubes:
        line = _line_of(tube, each.film.tubes[tube.kind], each.film.anatomy.mm)
        if tube.presence >= PRESENT and line is not None:
            yield tube, line


def _gastric_errors(each: DrawnExample) -> Iterator[DistanceError]:
    """The errors of gastric tubes' distances, against those of the lines as drawn: few real tips are on a film."""
    carina, mm = each.candidates.carina, each.film.anatomy.mm
    for tube, line in _found_tubes(each):
        if tube.kind != "ngt" or tube.leaves or tube.cut or carina is None:
            continue
        with suppress(NotMeasurable):  # the film shows no trachea or no lung to measure by
            found, truth = (
                NGT_TIP_TO_DIAPHRAGM.measure(course, carina.point, each.masks, Grid()).value
                for course in (tube.path, line.path)
            )
            width = tracheal_width(each.masks["airways"], carina.point, Grid())
            off = abs(found - truth)
            yield DistanceError(each.film.film, NGT_TIP_TO_DIAPHRAGM.name, off / mm, off / width)


def _mask_examples(each: DrawnExample) -> Iterator[MaskExample]:
    """The masks of all found tubes, with their Dice against those of the lines as drawn."""
    for tube, line in _found_tubes(each):
        true = dice(tube.region.mask, _mask_of(line, each.film.anatomy.mm, tube.region.shape))
        yield MaskExample(each.film.film, tube.kind, true, basic_features(tube.agreement, tube.certainty))


def held_out_examples(data: Path, work: Path) -> Iterator[DrawnExample]:
    """Tubes drawn into the films without any of held-out patients, and what the network sees there."""
    for film in backgrounds(data, work):
        if film.is_clear and film.known.fold == HELD_OUT_FOLD:
            yield from _drawn_examples(film)


def calibrate(data: Path, work: Path, folds: Path, qc: Path) -> None:
    """Write the quality bounds and the half widths of intervals into the tables of ``qc``."""
    masks, errors = list[MaskExample](), list[DistanceError]()
    for each in held_out_examples(data, work):
        masks += _mask_examples(each)
        errors += _gastric_errors(each)
    update_qualities(qc / "mask_quality.json", fit_bounds(masks))
    widths = half_widths_to_carina(place_errors(data, work, folds)) | half_widths(errors)
    table = {name: asdict(width) for name, width in sorted(widths.items())}
    (qc / "tube_intervals.json").write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """The command line."""
    calibrate(*map(Path, sys.argv[1:5]))


if __name__ == "__main__":
    main()
