"""The chest structures, in the order of the network's output channels."""

from __future__ import annotations

from typing import Final

CHEST_STRUCTURES: Final = (
    "right_lung",
    "left_lung",
    "heart",
    "right_clavicle",
    "left_clavicle",
    "cardiomediastinum",
    "airways",
    "spine",
)
LUNGS: Final = ("right_lung", "left_lung")
BESIDE: Final = {
    "right_lung": ("heart", "cardiomediastinum"),
    "left_lung": ("heart", "cardiomediastinum"),
    "heart": ("right_lung", "left_lung"),
}
"""What lies beside each of lungs and heart."""
COMPACT: Final = frozenset({"heart", "cardiomediastinum"})
"""Structures without thin parts, on which a thin appendage is an error."""


def mirrored_order(structures: tuple[str, ...]) -> list[int]:
    """Channel order after a left-right flip: each ``right_x`` changes places with its ``left_x``, if there is one."""
    swap = {"right": "left", "left": "right"}

    def partner(name: str) -> str:
        side, _, rest = name.partition("_")
        other = f"{swap[side]}_{rest}" if side in swap else name
        return other if other in structures else name

    return [structures.index(partner(name)) for name in structures]
