"""The loss of the tube network: Dice and cross-entropy of the bodies, focal loss of the landmarks, presence."""

from __future__ import annotations

from typing import Final

import torch

from radcaliper.learning.loss import focal_loss
from radcaliper.models.tubes.channels import BODIES, REPORTED

_ENTROPY: Final = 5.0
_LANDMARKS: Final = 3.0
_SOMEWHERE: Final = 0.1
_COURSE_PIXELS: Final = 80
"""Pixels of the map that any tube covers at least."""


def tube_loss(logits: torch.Tensor, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Bodies and places together; all of (B, C, H, W), with ``known`` 1 where the target is known."""
    count = len(BODIES)
    target, known = batch["target"], batch["known"]
    bodies = body_loss(logits[:, :count], target[:, :count], known[:, :count])
    places = focal_loss(logits[:, count:], target[:, count:], known[:, count:])
    return bodies + _LANDMARKS * places + _SOMEWHERE * somewhere_loss(logits[:, : len(REPORTED)], batch["somewhere"])


def somewhere_loss(logits: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of the likeliest pixels of a tube that is there, where nobody marked its course.

    ``logits`` (B, K, H, W), ``present`` (B, K) 1 for such tubes.
    """
    likeliest = torch.nn.functional.logsigmoid(logits).flatten(2).topk(_COURSE_PIXELS).values.mean(2)
    return -(likeliest * present).sum() / present.sum().clamp(min=1)


def body_loss(logits: torch.Tensor, target: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Soft Dice over the whole batch, so that what is drawn on films without the tube counts, plus cross-entropy."""
    probability = torch.sigmoid(logits) * known
    target = target * known
    overlap = 2 * (probability * target).sum((0, 2, 3)) + 10
    total = (probability + target).sum((0, 2, 3)) + 10
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none") * known
    return (1 - overlap / total).mean() + _ENTROPY * entropy.sum() / known.sum().clamp(min=1)
