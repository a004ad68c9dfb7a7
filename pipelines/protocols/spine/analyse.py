"""The spine protocol: every vertebra and every curve on AP spine films."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.references import reference_class
from radcaliper.measurements.spine.angles import spine_readings
from radcaliper.measurements.types import (
    Analysis,
    Finding,
    Landmark,
    Mask,
    Measurement,
    Point,
    Radiograph,
    Reading,
    Segmentation,
    Status,
    Variants,
)
from radcaliper.models.registry import BUNDLES
from radcaliper.models.spine.decode import Vertebrae
from radcaliper.models.spine.predict import LOCATOR, VERTEBRAE, SpineReading, read_spine
from radcaliper.pipelines.protocols.spine.passes import (
    View,
    end_vertebra_unsure,
    end_vertebrae,
    interval_key,
    values_over_views,
    views_of,
)
from radcaliper.qc.gates.film import film_findings, view_findings
from radcaliper.qc.gates.spine import DOUBTFUL, spine_findings
from radcaliper.qc.intervals import interval
from radcaliper.qc.mask_quality import mask_qualities
from radcaliper.qc.reasons import worst_first
from radcaliper.qc.status_rules import DEFAULT_RULES, StatusRules

_CORNERS: Final = ("tl", "tr", "bl", "br")


def vertebra_names(count: int) -> list[str]:
    """``vertebra_01`` and so on, from the highest seen."""
    return [f"vertebra_{number:02d}" for number in range(1, count + 1)]


def quality_key(structure: str) -> str:
    """The structure's name in the table of quality fits: all vertebrae share one, the column has its own."""
    return "spine_column" if structure == "spine" else "vertebra"


def filled(shape: tuple[int, int], outline: NDArray[np.float64]) -> Mask:
    """The (H, W) mask inside an outline of (row, col) places."""
    canvas = np.zeros(shape, np.uint8)
    cv2.fillPoly(canvas, [np.round(outline[:, ::-1]).astype(np.int32)], 1)
    return np.asarray(canvas, dtype=bool)


def column_outline(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """The outline of all vertebrae and the discs between them."""
    left, right = corners[:, [0, 2]].reshape(-1, 2), corners[:, [1, 3]].reshape(-1, 2)
    return np.concatenate([left, right[::-1]])


def _landmarks(vertebrae: Vertebrae) -> dict[str, Landmark]:
    return {
        f"{name}_{corner}": Landmark(Point(*map(float, vertebrae.corners[place, number])), float(sure))
        for place, (name, sure) in enumerate(zip(vertebra_names(len(vertebrae)), vertebrae.confidence, strict=True))
        for number, corner in enumerate(_CORNERS)
    }


def _segmentation(film: Radiograph, reading: SpineReading) -> Segmentation:
    vertebrae = reading.vertebrae
    names = vertebra_names(len(vertebrae))
    masks = {"spine": filled(film.shape, column_outline(vertebrae.corners))}
    masks |= {name: filled(film.shape, quad[[0, 1, 3, 2]]) for name, quad in zip(names, vertebrae.corners, strict=True)}
    agreement, certainty = reading.agreement, np.minimum(vertebrae.confidence, 1)
    return Segmentation(
        masks,
        Variants(1.0, landmarks=tuple(_landmarks(view) for view in reading.views)),
        agreement={"spine": float(agreement.mean()), **dict(zip(names, agreement.tolist(), strict=True))},
        margin={"spine": float(certainty.mean()), **dict(zip(names, certainty.tolist(), strict=True))},
        landmarks=_landmarks(vertebrae),
    )


def _doubts(reading: Reading, vertebrae: Vertebrae, views: Sequence[View]) -> set[str]:
    """Why the ends of a curve should be looked at."""
    ends = end_vertebrae(reading)
    doubts = {"doubtful_vertebra"} if any(vertebrae.confidence[end] < DOUBTFUL for end in ends) else set()
    if reading.measurement == "cobb_angle" and end_vertebra_unsure(reading, views):
        doubts.add("end_vertebra_unsure")
    return doubts


def _measurement(reading: Reading, film: Radiograph, views: Sequence[View], reasons: set[str]) -> Measurement:
    values = values_over_views(reading, views, film)
    spread = interval(interval_key(reading), reading.value, values, reading.unit)
    word = reference_class(reading, film.view) if reading.site == "curve_1" else ""
    return Measurement.of(reading, spread, word, worst_first(reasons))


def _measurements(film: Radiograph, spine: SpineReading, findings: Iterable[Finding]) -> tuple[Measurement, ...]:
    vertebrae, views = spine.vertebrae, views_of(spine, film)
    readings = spine_readings(vertebrae.corners, vertebra_names(len(vertebrae)), film.shape[0], film.grid)
    of_film = {finding.reason for finding in findings}
    return tuple(
        _measurement(reading, film, views, of_film | _doubts(reading, vertebrae, views)) for reading in readings
    )


def _refused(image: str, film: Radiograph, findings: Sequence[Finding]) -> Analysis:
    reasons = worst_first({finding.reason for finding in findings})
    return Analysis(image, film, "spine", _model(), Status.REFUSED, reasons)


def _model() -> str:
    return " ".join(BUNDLES[name].identity for name in (LOCATOR, VERTEBRAE))


def analyse(image: str, film: Radiograph, rules: StatusRules = DEFAULT_RULES) -> Analysis:
    """Measure an AP spine film; anything else is refused with its reason."""
    if blank := film_findings(film):
        return _refused(image, film, blank)
    spine = read_spine(film)
    counts = [len(view) for view in spine.views]
    findings = (*spine_findings(len(spine.vertebrae), spine.vertebrae.confidence, counts), *view_findings(film))
    if any(finding.status is Status.REFUSED for finding in findings):
        return _refused(image, film, findings)
    segmentation = _segmentation(film, spine)
    fitted_as = {name: quality_key(name) for name in segmentation.masks}
    qualities = mask_qualities(segmentation, film.spacing, rules, fitted_as)
    reasons = worst_first(rules.counted({finding.reason for finding in findings}))
    return Analysis(
        image,
        film,
        "spine",
        _model(),
        Status.REVIEW if reasons else Status.OK,
        reasons,
        segmentation,
        qualities,
        rules.of_numbers(_measurements(film, spine, findings)),
        segmentation.landmarks,
    )
