"""EfficientNet-Lite0 with linear heads on its features: which vertebra lies at each place of a film."""

from __future__ import annotations

from typing import Final

import segmentation_models_pytorch as smp
import torch
from torch.nn import functional

_HEADS: Final = {3: 40, 4: 112, 5: 320}
"""The encoder's features that have a head, from the finest (an eighth of the film), and their channels."""


class LevelNetwork(torch.nn.Module):
    """Films (B, 1, H, W) to logits of the levels (B, levels, H/8, W/8); sides divide by 32."""

    def __init__(self, levels: int) -> None:
        super().__init__()
        self.encoder = smp.encoders.get_encoder("tu-tf_efficientnet_lite0", in_channels=1, depth=5, weights=None)
        self.heads = torch.nn.ModuleList(torch.nn.Conv2d(channels, levels, 1) for channels in _HEADS.values())

    def forward(self, films: torch.Tensor) -> torch.Tensor:
        """The sum of the heads' answers, from the coarsest, enlarged step by step."""
        features = self.encoder(films)
        answers = [head(features[place]) for head, place in zip(self.heads, _HEADS, strict=True)]
        finer, coarse = answers[-2::-1], answers[-1]
        for answer in finer:
            coarse = answer + functional.interpolate(coarse, scale_factor=2.0, mode="bilinear")
        return torch.as_tensor(coarse)
