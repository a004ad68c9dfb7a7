"""The networks a bundle may name. Adding one is one function and one line of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import segmentation_models_pytorch as smp
import torch
from segmentation_models_pytorch.base import SegmentationHead

from radcaliper.models.view.network import ViewNetwork


def unet_lite0(channels: int) -> torch.nn.Module:
    """U-Net with a slim decoder on EfficientNet-Lite0: (B, 1, H, W) to (B, channels, H, W); sides divide by 32."""
    network: torch.nn.Module = smp.Unet(
        "tu-tf_efficientnet_lite0",
        encoder_weights=None,
        in_channels=1,
        classes=channels,
        decoder_channels=(128, 64, 48, 32, 16),
    )
    return network


def unet_lite0_half(channels: int) -> torch.nn.Module:
    """The same without its last step up: (B, 1, H, W) to (B, channels, H/2, W/2), in half the time."""
    network = unet_lite0(channels)
    decoder = network.get_submodule("decoder")
    decoder.blocks = decoder.get_submodule("blocks")[:-1]  # type: ignore[index]
    network.segmentation_head = SegmentationHead(32, channels)
    return network


def unet_lite0_upsampled(channels: int) -> torch.nn.Module:
    """The half-size network with its output enlarged: (B, 1, H, W) to (B, channels, H, W), in half the time."""
    network = unet_lite0_half(channels)
    network.segmentation_head = SegmentationHead(32, channels, upsampling=2)
    return network


def view_lite0(kinds: int) -> torch.nn.Module:
    """EfficientNet-Lite0 with linear heads: (B, 1, 224, 224) to logits (B, kinds + 6): kinds, then how it lies."""
    return ViewNetwork(kinds)


NETWORKS: Final[dict[str, Callable[[int], torch.nn.Module]]] = {
    "unet_lite0": unet_lite0,
    "unet_lite0_half": unet_lite0_half,
    "unet_lite0_upsampled": unet_lite0_upsampled,
    "view_lite0": view_lite0,
}
