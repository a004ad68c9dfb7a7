"""Losses over the labelled pixels and structures alone."""

from __future__ import annotations

import torch


def labelled_loss(logits: torch.Tensor, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """``known_dice_bce`` of a batch with ``target`` and ``known``."""
    return known_dice_bce(logits, batch["target"], batch["known"])


def focal_loss(logits: torch.Tensor, heat: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Penalty-reduced focal loss of CornerNet (Law and Deng 2018) for Gaussian heat maps, 1 at a landmark.

    All three are (B, C, H, W); ``known`` is 1 where the heat is labelled, 0 elsewhere. The sum over the pixels is
    divided by the number of landmarks. Returns a scalar.
    """
    likely = torch.nn.functional.logsigmoid(logits)
    unlikely = torch.nn.functional.logsigmoid(-logits)
    probability = torch.sigmoid(logits)
    at_place = (heat > 0.9).float()
    hit = -likely * (1 - probability) ** 2 * at_place
    miss = -unlikely * probability**2 * (1 - heat) ** 4 * (1 - at_place)
    return ((hit + miss) * known).sum() / (at_place * known).sum().clamp(min=1)


def known_dice_bce(logits: torch.Tensor, target: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Soft Dice plus cross-entropy over the pixels and structures that are labelled.

    All three are (B, C, H, W); ``known`` is 1 where the set labels the structure, 0 elsewhere. Dice is
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
