"""EfficientNet-Lite0 with two small heads on its features."""

from __future__ import annotations

from typing import Final

import timm
import torch

from radcaliper.models.view.kinds import TURNS

ENCODER: Final = "tf_efficientnet_lite0"
FEATURES: Final = 1280 + 9 * 320
FINE_FEATURES: Final = 49 * 112
_HIDDEN, _HIDDEN_MIRROR = 192, 128
_FINE_BLOCKS: Final = 5


class ViewHead(torch.nn.Module):
    """From the encoder's (B, 4160) last features to logits (B, kinds + 4 turns + negative)."""

    def __init__(self, kinds: int) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.BatchNorm1d(FEATURES),
            torch.nn.Dropout(0.3),
            torch.nn.Linear(FEATURES, _HIDDEN),
            torch.nn.ReLU(),
            torch.nn.Dropout(0.3),
        )
        self.answer = torch.nn.Linear(_HIDDEN, kinds + TURNS + 1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """(B, 4160) to logits."""
        answer: torch.Tensor = self.answer(self.layers(features))
        return answer


class MirrorHead(torch.nn.Module):
    """From the encoder's (B, 5488) finer features to the logit (B, 1) that an upright chest is mirrored."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.BatchNorm1d(FINE_FEATURES),
            torch.nn.Dropout(0.4),
            torch.nn.Linear(FINE_FEATURES, _HIDDEN_MIRROR),
            torch.nn.ReLU(),
            torch.nn.Dropout(0.4),
        )
        self.answer = torch.nn.Linear(_HIDDEN_MIRROR, 1)

    def forward(self, fine: torch.Tensor) -> torch.Tensor:
        """(B, 5488) to the logit."""
        answer: torch.Tensor = self.answer(self.layers(fine))
        return answer


class ViewNetwork(torch.nn.Module):
    """Films (B, 1, 224, 224) in [0, 1] to logits (B, kinds + 4 turns + mirrored + negative)."""

    def __init__(self, kinds: int) -> None:
        super().__init__()
        self.encoder = timm.create_model(ENCODER, pretrained=False, in_chans=1, num_classes=0)
        self.places, self.fine_places = torch.nn.AvgPool2d(3, stride=2), torch.nn.AvgPool2d(2)
        self.head, self.mirror = ViewHead(kinds), MirrorHead()

    def features(self, films: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, 4160) of the last layers and (B, 5488) of the fifth block.

        The first are the last layer's mean over the film (what is seen) and the layer before it at 3 x 3 places
        (which way up); the second, at 7 x 7 places, tell on which side the heart is.
        """
        encoder = self.encoder
        middle = encoder.blocks[:_FINE_BLOCKS](encoder.bn1(encoder.conv_stem(films * 2 - 1)))
        grid = encoder.blocks[_FINE_BLOCKS:](middle)
        mean = encoder.bn2(encoder.conv_head(grid)).mean(dim=(2, 3))
        last = torch.cat([mean, self.places(grid).flatten(1)], dim=1)
        return last, self.fine_places(middle).flatten(1)

    def answers(self, last: torch.Tensor, fine: torch.Tensor) -> torch.Tensor:
        """The logits of kinds, turns, mirrored, negative, from the two ``features``."""
        answer = self.head(last)
        return torch.cat([answer[:, :-1], self.mirror(fine), answer[:, -1:]], dim=1)

    def forward(self, films: torch.Tensor) -> torch.Tensor:
        """The logits of kinds, turns, mirrored, negative."""
        return self.answers(*self.features(films))
