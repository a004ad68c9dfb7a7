"""The hip network's loss: everything is labelled on a simulated film, so what is not there must not be marked."""

from __future__ import annotations

from typing import Final

import torch

from radcaliper.learning.loss import known_dice_bce, labelled_loss
from radcaliper.models.hip.channels import HIP_STRUCTURES, SIDES

_TOLERATED: Final = 0.002
"""Share of the picture that, marked in vain, costs half as much as ever so much."""
_NECKS: Final = [HIP_STRUCTURES.index(f"{side}_neck_axis") for side in SIDES]
_NECK_WEIGHT: Final = 0.7
"""The neck's direction is what real films are read worst in."""


def false_marks(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """0 to 1, a scalar: how much is marked, of (B, C, H, W), where a view shows nothing of a structure.

    Dice says nothing about such structures, and cross-entropy hardly anything about small ones.
    """
    absent = (target.sum((2, 3)) == 0).float()
    marked = torch.sigmoid(logits).mean((2, 3))
    return (absent * marked / (marked + _TOLERATED)).sum() / absent.sum().clamp(min=1)


def hip_loss(logits: torch.Tensor, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Soft Dice plus cross-entropy, the bands along the necks once more, plus what is marked in vain; a scalar."""
    necks = known_dice_bce(logits[:, _NECKS], batch["target"][:, _NECKS], batch["known"][:, _NECKS])
    return labelled_loss(logits, batch) + _NECK_WEIGHT * necks + false_marks(logits, batch["target"])
