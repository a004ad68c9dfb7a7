"""The output channel of metal fitted again by itself, on as many films with a prosthesis as without."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final, cast

import torch
from torch.utils.data import DataLoader

from radcaliper.learning.hip.cache import KeptExposure
from radcaliper.learning.hip.films import HipFilms
from radcaliper.learning.loss import known_dice_bce
from radcaliper.models.hip.channels import HIP_STRUCTURES, PROSTHESIS

log = logging.getLogger(__name__)

_CHANNEL: Final = HIP_STRUCTURES.index(PROSTHESIS)
_BATCH: Final = 12
_RATE: Final = 0.02


def balanced(kept: Sequence[KeptExposure]) -> list[KeptExposure]:
    """All exposures with a prosthesis, and as many without."""
    metal = [each for each in kept if each.metal.any()]
    return metal + [each for each in kept if not each.metal.any()][: len(metal)]


def refit_metal(
    network: torch.nn.Module,
    films_of: Callable[[Sequence[KeptExposure]], HipFilms],
    kept: Sequence[KeptExposure],
    epochs: int,
) -> None:
    """Fit the last layer's weights of the metal channel; all else of the network stays as it is.

    Prostheses are rare, so in the common training the channel learns either to mark every head or none.
    """
    head = network.get_submodule("segmentation_head")
    layer = cast("torch.nn.Conv2d", head.get_submodule("0"))
    own = torch.nn.Conv2d(layer.in_channels, 1, 3, padding=1)
    optimizer = torch.optim.Adam(own.parameters(), lr=_RATE)
    films = DataLoader(films_of(balanced(kept)), _BATCH, shuffle=True, num_workers=1, persistent_workers=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * len(films))
    network.eval()
    for epoch in range(epochs):
        losses = []
        for batch in films:
            with torch.no_grad():
                features = network.get_submodule("encoder")(batch["grey"])
                seen = network.get_submodule("decoder")(features)
            logits = head.get_submodule("1")(own(seen))
            loss = known_dice_bce(logits, batch["target"][:, [_CHANNEL]], batch["known"][:, [_CHANNEL]])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        log.info("metal epoch %d loss %.4f", epoch, sum(losses) / len(losses))
    with torch.no_grad():
        layer.weight[_CHANNEL] = own.weight[0]
        cast("torch.Tensor", layer.bias)[_CHANNEL] = cast("torch.Tensor", own.bias)[0]
