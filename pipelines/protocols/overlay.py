"""Draw what was measured over the film, so that a person sees it at a glance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from radcaliper.measurements.types import Analysis
from radcaliper.pipelines.protocols.canvas import Canvas
from radcaliper.pipelines.protocols.chest.overlay import draw_chest
from radcaliper.pipelines.protocols.hip.overlay import draw_hip
from radcaliper.pipelines.protocols.spine.overlay import draw_spine

_OVERLAYS: Final[dict[str, Callable[[Analysis], Canvas]]] = {"chest": draw_chest, "spine": draw_spine, "hip": draw_hip}


def draw_overlay(analysis: Analysis) -> Canvas:
    """The overlay of a measured film, (H', W', 3) in blue, green, red, as its protocol draws it."""
    return _OVERLAYS[analysis.protocol](analysis)
