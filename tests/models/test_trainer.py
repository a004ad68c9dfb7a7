"""What trained weights are made of."""

from __future__ import annotations

import torch

from radcaliper.models.training.trainer import mean_weights


def test_mean_weights_lie_halfway() -> None:
    one, other = (torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2)) for _ in range(2))
    other[1].running_mean += 2
    mean = mean_weights(one, other).state_dict()
    for name in ("0.weight", "0.bias", "1.running_mean"):
        torch.testing.assert_close(mean[name], (one.state_dict()[name] + other.state_dict()[name]) / 2)
