"""The loss of the tube network: overlap of thin bodies, focal loss of the places."""

from __future__ import annotations

from typing import Final

import torch

from radcaliper.models.tube_parts import BODIES

_ENTROPY: Final = 5.0
_PLACES: Final = 0.3


def tube_loss(logits: torch.Tensor, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Bodies and places together; all of (B, C, H, W), with ``known`` 1 where the target may be believed."""
    count = len(BODIES)
    target, known = batch["target"], batch["known"]
    bodies = body_loss(logits[:, :count], target[:, :count], known[:, :count])
    return bodies + _PLACES * place_loss(logits[:, count:], target[:, count:], known[:, count:])


def body_loss(logits: torch.Tensor, target: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Soft Dice over the whole batch, so that what is drawn on films without the tube counts, plus cross-entropy."""
    probability = torch.sigmoid(logits) * known
    target = target * known
    overlap = 2 * (probability * target).sum((0, 2, 3)) + 10
    total = (probability + target).sum((0, 2, 3)) + 10
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none") * known
    return (1 - overlap / total).mean() + _ENTROPY * entropy.sum() / known.sum().clamp(min=1)


def place_loss(logits: torch.Tensor, heat: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Focal loss of heat maps that forgives what is near a place (Law and Deng 2018), for each place."""
    likely = torch.nn.functional.logsigmoid(logits)
    unlikely = torch.nn.functional.logsigmoid(-logits)
    probability = torch.sigmoid(logits)
    at_place = (heat > 0.9).float()
    hit = -likely * (1 - probability) ** 2 * at_place
    miss = -unlikely * probability**2 * (1 - heat) ** 4 * (1 - at_place)
    return ((hit + miss) * known).sum() / (at_place * known).sum().clamp(min=1)
