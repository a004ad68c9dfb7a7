"""The output channels of what is rare fitted again by themselves, on as many films that show it as do not."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final, cast

import numpy as np
import torch
from torch.utils.data import DataLoader

from radcaliper.learning.hip.cache import KeptExposure
from radcaliper.learning.hip.films import HipFilms
from radcaliper.learning.loss import known_dice_bce
from radcaliper.models.hip.channels import HIP_STRUCTURES, PROSTHESIS

log = logging.getLogger(__name__)

RARE: Final = {PROSTHESIS: 2}
"""By structure, the bit of ``KeptExposure.masks`` that says where it is."""
_BATCH: Final = 12
_RATE: Final = 0.02


def balanced(kept: Sequence[KeptExposure], structure: str) -> list[KeptExposure]:
    """All exposures that show the structure, and as many that do not."""
    bit = np.uint8(1 << RARE[structure])
    shown = [each for each in kept if (each.masks & bit).any()]
    return shown + [each for each in kept if not (each.masks & bit).any()][: len(shown)]


def refit(network: torch.nn.Module, structure: str, films: HipFilms, epochs: int) -> None:
    """Fit the last layer's weights of one channel; all else of the network stays as it is.

    What is rare is learned in the common training either everywhere or nowhere.
    """
    channel = HIP_STRUCTURES.index(structure)
    head = network.get_submodule("segmentation_head")
    layer = cast("torch.nn.Conv2d", head.get_submodule("0"))
    own = torch.nn.Conv2d(layer.in_channels, 1, 3, padding=1)
    optimizer = torch.optim.Adam(own.parameters(), lr=_RATE)
    loader = DataLoader(films, _BATCH, shuffle=True, num_workers=1, persistent_workers=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * len(loader))
    network.eval()
    for epoch in range(epochs):
        losses = []
        for batch in loader:
            with torch.no_grad():
                features = network.get_submodule("encoder")(batch["grey"])
                seen = network.get_submodule("decoder")(features)
            logits = head.get_submodule("1")(own(seen))
            loss = known_dice_bce(logits, batch["target"][:, [channel]], batch["known"][:, [channel]])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        log.info("%s epoch %d loss %.4f", structure, epoch, sum(losses) / len(losses))
    with torch.no_grad():
        layer.weight[channel] = own.weight[0]
        cast("torch.Tensor", layer.bias)[channel] = cast("torch.Tensor", own.bias)[0]
