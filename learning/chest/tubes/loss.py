"""The loss of the tube network: Dice and cross-entropy of the bodies, focal loss of the landmarks."""

from __future__ import annotations

from typing import Final

import torch

from radcaliper.learning.loss import focal_loss
from radcaliper.models.tubes.channels import BODIES

_ENTROPY: Final = 5.0
_LANDMARKS: Final = 1.0


def tube_loss(logits: torch.Tensor, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Bodies and places together; all of (B, C, H, W), with ``known`` 1 where the target is known."""
    count = len(BODIES)
    target, known = batch["target"], batch["known"]
    bodies = body_loss(logits[:, :count], target[:, :count], known[:, :count])
    return bodies + _LANDMARKS * focal_loss(logits[:, count:], target[:, count:], known[:, count:])


def body_loss(logits: torch.Tensor, target: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Soft Dice over the whole batch, so that what is drawn on films without the tube counts, plus cross-entropy."""
    probability = torch.sigmoid(logits) * known
    target = target * known
    overlap = 2 * (probability * target).sum((0, 2, 3)) + 10
    total = (probability + target).sum((0, 2, 3)) + 10
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none") * known
    return (1 - overlap / total).mean() + _ENTROPY * entropy.sum() / known.sum().clamp(min=1)
