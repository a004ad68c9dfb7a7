"""The views that the network tells apart, in the order of its answers."""

from __future__ import annotations

from typing import Final

KINDS: Final = (
    "frontal_chest",
    "lateral_chest",
    "ap_spine_whole",
    "ap_spine_thoracic",
    "ap_spine_lumbar",
    "lateral_spine",
    "ap_pelvis",
    "ap_hip_right",
    "ap_hip_left",
    "frog_lateral",
    "infant_pelvis",
    "other",
)
"""A view, with the part of the spine or the patient's side where it has one."""
TURNS: Final = 4
"""Quarter turns counter-clockwise, 0 to 3."""


def view_of(kind: str) -> str:
    """The view without part or side: ``ap_spine`` of ``ap_spine_whole``, ``ap_hip`` of ``ap_hip_left``."""
    for view in ("ap_spine", "ap_hip"):
        if kind.startswith(view):
            return view
    return kind


def part_of(kind: str) -> str:
    """``whole``, ``thoracic`` or ``lumbar`` of a spine, ``right`` or ``left`` of a hip; empty for other views."""
    return kind[len(view_of(kind)) :].lstrip("_")


VIEWS: Final = tuple(dict.fromkeys(view_of(kind) for kind in KINDS))
"""The views without part or side, in the same order."""
