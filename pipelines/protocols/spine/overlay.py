"""The spine overlay: named vertebrae, the end plates of each curve with its angle, the apices."""

from __future__ import annotations

from typing import Final

import numpy as np

from radcaliper.measurements import structures
from radcaliper.measurements.catalog import COBB_ANGLE, CORONAL_BALANCE
from radcaliper.measurements.specs import Rgb
from radcaliper.measurements.spine.curves import curve_number
from radcaliper.measurements.spine.levels import levels_of
from radcaliper.measurements.spine.vertebra import corner_names, vertebra_number, vertebrae_among
from radcaliper.measurements.types import Analysis, Measurement, Point, Status
from radcaliper.pipelines.protocols.drawing import Drawing, OverlayImage, Stroke, drawing_of_film, mask_status
from radcaliper.pipelines.protocols.labels import Label, Spot, around, write_labels
from radcaliper.pipelines.protocols.panel import DICE_HEADING, PanelLine, heading, note, status_lines, with_panel
from radcaliper.pipelines.protocols.spine import PROTOCOL
from radcaliper.pipelines.protocols.spine.end_plates import extended_end_plate
from radcaliper.pipelines.protocols.wording import dice_words, labelled_value, plain_value, value_words

CURVE_COLOURS: Final = (
    structures.VERMILION,
    structures.YELLOW,
    structures.PURPLE,
    structures.GREEN,
    structures.ORANGE,
)
_LEAST_DRAWN: Final = 10.0
"""Degrees under which a curve is no scoliosis (SRS): its lines would say nothing."""
_NAME_SIZE: Final = 22
_ENDS: Final = ("upper", "lower", "apex")
"""Details of a curve that name a vertebra."""


def _centre(analysis: Analysis, vertebra: str) -> Point:
    corners = [analysis.landmarks[name].point for name in corner_names(vertebra)]
    return Point(*map(float, np.mean(corners, axis=0)))


def _curve_colour(site: str) -> Rgb:
    return CURVE_COLOURS[(curve_number(site) - 1) % len(CURVE_COLOURS)]


def _draw_curve(angle: Measurement, analysis: Analysis, drawing: Drawing) -> Label:
    """Draw the end plates and the apex of a curve; returns its angle, for an end of one of these lines."""
    stroke = Stroke(_curve_colour(angle.site), angle.status)
    upper_left, upper_right, lower_left, lower_right = angle.points
    upper, lower = extended_end_plate(upper_left, upper_right), extended_end_plate(lower_left, lower_right)
    for ends in (upper, lower):
        drawing.line(*ends, stroke)
    drawing.cross(_centre(analysis, angle.details["apex"]), stroke.colour)
    return Label(plain_value(angle), around(upper[1], upper[0], lower[1], lower[0]), stroke.colour)


def _angles(analysis: Analysis) -> list[Measurement]:
    """The angles of the curves by the tilt of their vertebrae, those that were refused among them."""
    return [each for each in analysis.measurements if (each.name, each.method) == (COBB_ANGLE.name, "vertebral_tilt")]


def _curves(analysis: Analysis) -> list[Measurement]:
    """The curves that were measured."""
    return [each for each in _angles(analysis) if each.value is not None]


def _is_drawn(curve: Measurement) -> bool:
    return curve.value is not None and curve.value >= _LEAST_DRAWN


def _names(analysis: Analysis) -> dict[str, str]:
    """What every vertebra is called on the film: its level where that is known, else its number from the top."""
    vertebrae, _ = vertebrae_among({name: landmark.point for name, landmark in analysis.landmarks.items()})
    details = [each.details for each in analysis.measurements]
    named = {each[end]: each[f"{end}_level"] for each in details for end in _ENDS if f"{end}_level" in each}
    levels = levels_of(vertebrae, named)
    return levels or {vertebra: str(vertebra_number(vertebra)) for vertebra in vertebrae}


def _vertebra_label(analysis: Analysis, vertebra: str, name: str) -> Label:
    """The name of a vertebra, for one of its sides; on it where both are taken."""
    top_left, top_right, low_left, low_right = (analysis.landmarks[each].point for each in corner_names(vertebra))
    left = Point((top_left.row + low_left.row) / 2, min(top_left.col, low_left.col))
    right = Point((top_right.row + low_right.row) / 2, max(top_right.col, low_right.col))
    beside = ((left, (-1, 0)), (right, (1, 0)), (_centre(analysis, vertebra), (0, 0)))
    return Label(name, [Spot(*each) for each in beside], structures.WHITE, _NAME_SIZE)


def _curve_lines(analysis: Analysis, names: dict[str, str]) -> list[PanelLine]:
    curves = _curves(analysis)
    refused = [each for each in _angles(analysis) if each.value is None]
    lines = [PanelLine(labelled_value(each, analysis.reasons)) for each in refused]
    for curve in curves:
        if not _is_drawn(curve) and curve is not curves[0]:
            continue
        stroke = Stroke(_curve_colour(curve.site), curve.status) if _is_drawn(curve) else None
        lines.append(PanelLine(f"Curve {curve_number(curve.site)}: {value_words(curve)}", stroke))
        upper, lower, apex = (names.get(curve.details[end], "?") for end in _ENDS)
        lines.append(note(f"{upper} to {lower}, apex {apex}, convex to the {curve.details['convex']}"))
    small = sum(not _is_drawn(curve) for curve in curves)
    if small:
        lines.append(note(f"{small} under {_LEAST_DRAWN:.0f}°: not drawn"))
    return [heading("Cobb angles (readers differ by 5 to 7°)"), *lines] if lines else []


def _quality_lines(analysis: Analysis) -> list[PanelLine]:
    """The predicted Dice of the column, and the range of those of its vertebrae, for each style of their outlines."""
    lines = [DICE_HEADING]
    lines += [PanelLine(f"Spine {dice_words(each)}") for each in analysis.qualities if each.structure == "spine"]
    found: dict[Status, list[float]] = {status: [] for status in Status}
    for each in analysis.qualities:
        if each.structure != "spine" and each.quality is not None:
            found[each.status].append(each.quality)
    for status, dice in found.items():
        if dice:
            words = f"{len(dice)} vertebrae {min(dice):.2f} to {max(dice):.2f}"
            lines.append(PanelLine(words, Stroke(PROTOCOL.structure("vertebra_01").colour, status)))
    return lines


def _lines(analysis: Analysis, names: dict[str, str]) -> list[PanelLine]:
    balance = [
        PanelLine(labelled_value(each, analysis.reasons))
        for each in analysis.measurements
        if each.name == CORONAL_BALANCE.name
    ]
    numbered = any(name.isdigit() for name in names.values())
    return [
        *status_lines(PROTOCOL.label, analysis),
        *_curve_lines(analysis, names),
        *([heading("Balance"), *balance] if balance else []),
        *_quality_lines(analysis),
        *([note("Numbers count from the highest vertebra seen.")] if numbered else []),
    ]


def draw(analysis: Analysis) -> OverlayImage:
    """The film (H', W', 3) in blue, green, red with vertebrae and curves, and a panel of words beside it."""
    drawing, names = drawing_of_film(analysis.radiograph), _names(analysis)
    for name, mask in ({} if analysis.prediction is None else analysis.prediction.masks).items():
        if name != "spine":
            drawing.outline(mask, Stroke(PROTOCOL.structure(name).colour, mask_status(analysis, name)))
    labels = [_draw_curve(curve, analysis, drawing) for curve in _curves(analysis) if _is_drawn(curve)]
    labels += [_vertebra_label(analysis, vertebra, name) for vertebra, name in names.items()]
    write_labels(drawing, labels)
    return with_panel(drawing.image, _lines(analysis, names))
