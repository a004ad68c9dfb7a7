"""A loss that learns only from what a set labels."""

from __future__ import annotations

import torch


def labelled_loss(logits: torch.Tensor, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """``known_dice_bce`` of a batch with ``target`` and ``known``."""
    return known_dice_bce(logits, batch["target"], batch["known"])


def known_dice_bce(logits: torch.Tensor, target: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Soft Dice plus cross-entropy over the pixels and structures that are labelled.

    All three are (B, C, H, W); ``known`` is 1 where the label may be believed, 0 where the set does not say. Dice is
    taken per film and structure, and only where any pixel of that structure is labelled. Returns a scalar.
    """
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    share = known.sum().clamp(min=1)
    probability, target = torch.sigmoid(logits) * known, target * known
    overlap = 2 * (probability * target).sum((2, 3)) + 1
    total = probability.sum((2, 3)) + target.sum((2, 3)) + 1
    labelled = (target.sum((2, 3)) > 0).float()
    dice = ((1 - overlap / total) * labelled).sum() / labelled.sum().clamp(min=1)
    return dice + (entropy * known).sum() / share
