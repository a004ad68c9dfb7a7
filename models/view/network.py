"""EfficientNet-Lite0 with two linear layers on its last features."""

from __future__ import annotations

from typing import Final

import timm
import torch

from radcaliper.models.view.kinds import TURNS

ENCODER: Final = "tf_efficientnet_lite0"
SIZE: Final = 224
FEATURES: Final = 1280 + 9 * 320
_HIDDEN: Final = 192


class ViewHead(torch.nn.Module):
    """From the encoder's (B, 4160) features to logits (B, kinds + 4 turns + mirrored + negative)."""

    def __init__(self, kinds: int) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.BatchNorm1d(FEATURES),
            torch.nn.Dropout(0.3),
            torch.nn.Linear(FEATURES, _HIDDEN),
            torch.nn.ReLU(),
            torch.nn.Dropout(0.3),
        )
        self.answer = torch.nn.Linear(_HIDDEN, kinds + TURNS + 2)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """(B, 4160) to logits."""
        answer: torch.Tensor = self.answer(self.layers(features))
        return answer


class ViewNetwork(torch.nn.Module):
    """Films (B, 1, 224, 224) in [0, 1] to logits (B, kinds + 4 turns + mirrored + negative)."""

    def __init__(self, kinds: int) -> None:
        super().__init__()
        self.encoder = timm.create_model(ENCODER, pretrained=False, in_chans=1, num_classes=0)
        self.places = torch.nn.AvgPool2d(3, stride=2)
        self.head = ViewHead(kinds)

    def features(self, films: torch.Tensor) -> torch.Tensor:
        """(B, 4160): the last layer's mean over the film, and the layer's before it at 3 x 3 places.

        The mean tells what is seen, the places which way up it is and on which side.
        """
        encoder = self.encoder
        grid = encoder.blocks(encoder.bn1(encoder.conv_stem(films * 2 - 1)))
        mean = encoder.bn2(encoder.conv_head(grid)).mean(dim=(2, 3))
        return torch.cat([mean, self.places(grid).flatten(1)], dim=1)

    def forward(self, films: torch.Tensor) -> torch.Tensor:
        """The logits of kinds, turns, mirrored, negative."""
        answer: torch.Tensor = self.head(self.features(films))
        return answer
