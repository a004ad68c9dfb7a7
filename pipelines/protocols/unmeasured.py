"""The picture of a film that was refused: the film, and beside it the reason."""

from __future__ import annotations

from radcaliper.measurements.types import Analysis
from radcaliper.pipelines.protocols.drawing import OverlayImage, drawing_of_film
from radcaliper.pipelines.protocols.panel import note, status_lines, with_panel
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.pipelines.protocols.wording import look_words


def draw(analysis: Analysis) -> OverlayImage:
    """The film (H', W', 3) in blue, green, red, and a panel of words beside it."""
    label = PROTOCOLS[analysis.protocol].label if analysis.protocol else "Film of no protocol"
    view = [note(words)] if (words := look_words(analysis.view)) else []
    return with_panel(drawing_of_film(analysis.radiograph).image, [*status_lines(label, analysis), *view])
