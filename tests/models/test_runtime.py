"""What computes the networks makes no difference to what they say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from radcaliper.models.inference import runtime
from radcaliper.models.inference.forward import forward
from radcaliper.models.inference.loading import load_network, load_predictor
from radcaliper.models.registry import BUNDLES


@pytest.mark.parametrize("bundle", [name for name, bundle in BUNDLES.items() if bundle.metadata["structures"]])
def test_onnx_runtime_says_what_torch_says(bundle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxruntime")
    monkeypatch.setattr(runtime, "has_bfloat16", lambda: False)
    network = load_network(bundle)
    films = np.random.default_rng(0).random((2, 96, 160), dtype=np.float32)
    by_onnx = forward(runtime.fastest_runtime(network), films)
    by_torch = network(torch.from_numpy(films)[:, None]).detach().numpy()
    assert by_onnx.shape == by_torch.shape
    np.testing.assert_allclose(by_onnx, by_torch, atol=2e-3)


def test_onnx_runtime_says_of_views_what_torch_says() -> None:
    pytest.importorskip("onnxruntime")
    network = load_network("view")
    films = torch.from_numpy(np.random.default_rng(0).random((2, 1, 224, 224), dtype=np.float32))
    with torch.inference_mode():
        by_onnx, by_torch = runtime.in_single_precision(network, 224)(films), network(films)
    np.testing.assert_allclose(by_onnx.numpy(), by_torch.numpy(), atol=2e-3)


def test_without_onnx_runtime_torch_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "find_spec", lambda name: None)
    network = load_network("chest_anatomy")
    assert runtime.fastest_runtime(network) is network
    assert runtime.in_single_precision(network, 64) is network


def test_threads_share_one_predictor() -> None:
    assert load_predictor("chest_anatomy") is load_predictor("chest_anatomy")
