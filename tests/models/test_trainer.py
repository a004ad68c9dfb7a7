"""What trained weights are made of."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

from radcaliper.learning.trainer import Batch, Stage, mean_weights, train_to_mean


def test_mean_weights_lie_halfway() -> None:
    one, other = (torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2)) for _ in range(2))
    other[1].running_mean += 2
    mean = mean_weights(one, other).state_dict()
    for name in ("0.weight", "0.bias", "1.running_mean"):
        torch.testing.assert_close(mean[name], (one.state_dict()[name] + other.state_dict()[name]) / 2)


class Squares:
    """Four films of noise, whose grey is to be doubled."""

    weights = [1.0] * 4

    def __len__(self) -> int:
        return len(self.weights)

    def __getitem__(self, index: int) -> Batch:
        grey = torch.rand(1, 8, 8, generator=torch.Generator().manual_seed(index))
        return {"grey": grey, "target": 2 * grey}


def test_a_last_stage_ends_halfway_between_its_start_and_its_end(tmp_path: Path) -> None:
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 3, padding=1))
    start = {name: value.clone() for name, value in network.state_dict().items()}
    output = tmp_path / "mean.safetensors"

    def loss(answer: torch.Tensor, batch: Batch) -> torch.Tensor:
        return (answer - batch["target"]).square().mean()

    train_to_mean(network, Stage(8, 3, 2, 0.1), lambda _: Squares(), loss, output)
    end = network.state_dict()
    for name, value in load_file(output).items():
        assert not torch.equal(start[name], end[name])
        torch.testing.assert_close(value.float(), (start[name] + end[name]) / 2, rtol=2e-3, atol=1e-3)
