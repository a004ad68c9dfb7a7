"""The networks a bundle may name. Adding one is one function and one line of the table."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Final

import segmentation_models_pytorch as smp
import torch
from segmentation_models_pytorch.base import SegmentationHead

from radcaliper.models.spine.level_network import LevelNetwork
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


def levels_lite0(levels: int) -> torch.nn.Module:
    """EfficientNet-Lite0 with linear heads: (B, 1, H, W) to logits (B, levels, H/8, W/8); sides divide by 32."""
    return LevelNetwork(levels)


def view_lite0(kinds: int) -> torch.nn.Module:
    """EfficientNet-Lite0 with linear heads: (B, 1, 224, 224) to logits (B, kinds + 6): kinds, then how it lies."""
    return ViewNetwork(kinds)


_USUAL: Final[dict[str, object]] = {
    "spatial_dims": 2,
    "in_channels": 1,
    "channels": (16, 32, 64, 128, 256),
    "strides": (2, 2, 2, 2),
    "num_res_units": 2,
    "backbone": "efficientnet-b0",
}
"""What networks of MONAI are made with, where they take it; ``out_channels`` is a channel a structure."""


def _of_smp(words: str) -> Callable[[int], torch.nn.Module]:
    """``Architecture:encoder`` of segmentation-models-pytorch, the encoder without pretrained weights."""
    architecture, _, encoder = words.partition(":")

    def make(channels: int) -> torch.nn.Module:
        kind = getattr(smp, architecture)
        network: torch.nn.Module = kind(encoder or "resnet18", encoder_weights=None, in_channels=1, classes=channels)
        return network

    return make


def _of_monai(name: str) -> Callable[[int], torch.nn.Module]:
    """A network of MONAI by its class, made as is usual for films."""

    def make(channels: int) -> torch.nn.Module:
        from monai.networks import nets

        kind = getattr(nets, name)
        takes = signature(kind).parameters
        usual = {key: value for key, value in _USUAL.items() if key in takes}
        network: torch.nn.Module = kind(**usual, out_channels=channels)
        return network

    return make


_FAMILIES: Final = {"smp": _of_smp, "monai": _of_monai}
"""Networks of other libraries, by what stands before the first colon of their name."""


def network_of(name: str) -> Callable[[int], torch.nn.Module]:
    """What makes the network called ``name`` for a number of channels: from (B, 1, H, W) to (B, channels, H, W).

    The name is one of ``NETWORKS``, ``smp:Architecture:encoder`` (segmentation-models-pytorch; the encoder is resnet18
    if not named), or ``monai:Class``. Raises KeyError for another; a library's own error where it has no such network.
    """
    family, colon, rest = name.partition(":")
    return _FAMILIES[family](rest) if colon else NETWORKS[name]


NETWORKS: Final[dict[str, Callable[[int], torch.nn.Module]]] = {
    "unet_lite0": unet_lite0,
    "unet_lite0_half": unet_lite0_half,
    "unet_lite0_upsampled": unet_lite0_upsampled,
    "levels_lite0": levels_lite0,
    "view_lite0": view_lite0,
}
