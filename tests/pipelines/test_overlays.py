"""Overlays: outlines tell how good a mask is, and nothing marks a tip that was refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from radcaliper.measurements.types import Analysis, Course, MaskQuality, Point, Status
from radcaliper.pipelines.protocols.chest.overlay import draw
from radcaliper.pipelines.protocols.drawing import WHITE, Drawing, mask_status

TIP = Point(120.0, 200.0)


def drawn_share(status: Status) -> float:
    """The share of a solid outline's pixels that an outline of this status has."""
    mask = np.zeros((200, 200), bool)
    mask[40:160, 30:170] = True
    counts = []
    for each in (status, Status.OK):
        drawing = Drawing(np.zeros((200, 200, 3), np.uint8), 1.0)
        drawing.outline(mask, WHITE, status=each)
        counts.append(int((drawing.image.max(axis=2) > 127).sum()))
    return counts[0] / counts[1]


def test_outlines_are_dashed_for_review_and_dotted_where_refused() -> None:
    assert drawn_share(Status.OK) == 1
    assert 0.5 < drawn_share(Status.REVIEW) < 0.9
    assert 0.1 < drawn_share(Status.REFUSED) < 0.5


def with_tube(analysis: Analysis, status: Status, *, leaves_film: bool = False) -> Analysis:
    course = Course((Point(10.0, 200.0), TIP), 0.95, leaves_film=leaves_film)
    quality = MaskQuality("ett", status, 0.8, 0.6, 100, None, 0.95, ())
    prediction = analysis.prediction
    assert prediction is not None
    return replace(
        analysis,
        prediction=replace(prediction, courses={"ett": course}),
        qualities=(*analysis.qualities, quality),
    )


def tip_mark(analysis: Analysis) -> int:
    """How many pixels about the tip have the tube's colour: a dot has more than the end of a line."""
    image = draw(analysis)
    scale = image.shape[1] / analysis.radiograph.shape[1]
    row, col = round((TIP.row + 0.5) * scale), round((TIP.col + 0.5) * scale)
    line = image[row - 60, col]
    return int((image[row - 6 : row + 7, col - 6 : col + 7] == line).all(axis=2).sum())


@pytest.mark.parametrize(("status", "leaves_film"), [(Status.REFUSED, False), (Status.OK, True)])
def test_a_refused_tip_is_not_marked(chest_analysis: Analysis, status: Status, leaves_film: bool) -> None:
    marked = tip_mark(with_tube(chest_analysis, Status.REVIEW))
    assert marked > 2 * tip_mark(with_tube(chest_analysis, status, leaves_film=leaves_film))


def test_the_status_of_a_mask_is_its_quality_s(chest_analysis: Analysis) -> None:
    assert mask_status(with_tube(chest_analysis, Status.REFUSED), "ett") is Status.REFUSED
    assert mask_status(chest_analysis, "no such structure") is Status.OK
