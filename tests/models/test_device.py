"""Networks on a device: what threads ask for at once is computed at once, and everybody gets their own answer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from radcaliper.models.inference import computing, loading, torch_network
from radcaliper.models.inference.batches import BatchedNetwork
from radcaliper.models.inference.computing import CannotCompute, Computing, chosen_computing, computing_by, resolved
from radcaliper.models.inference.forward import forward
from radcaliper.models.inference.loading import load_network
from radcaliper.models.inference.torch_network import by_torch
from radcaliper.pipelines.cli import app


class Slow:
    """A network that says how many films it was given at once, and takes its time over the first ones."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.entered, self.go_on = Event(), Event()

    def __call__(self, films: torch.Tensor) -> torch.Tensor:
        self.sizes.append(len(films))
        if len(self.sizes) == 1:
            self.entered.set()
            assert self.go_on.wait(30)
        return films * 2


def test_what_waits_meanwhile_is_computed_at_once() -> None:
    slow = Slow()
    network = BatchedNetwork(slow, "cpu")
    films = [torch.full((2, 1, 8, 8), float(number)) for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(network, films[0])
        assert slow.entered.wait(30)
        others = [pool.submit(network, each) for each in films[1:]]
        while len(network._waiting) < 5:
            pass
        slow.go_on.set()
        answers = [future.result() for future in (first, *others)]
    assert slow.sizes == [2, 10]
    assert all((answer == 2 * film).all() for answer, film in zip(answers, films, strict=True))


def test_films_of_other_sizes_are_computed_apart() -> None:
    network = BatchedNetwork(lambda films: films + 1, "cpu")
    shapes = [(1, 1, 8, 8), (1, 1, 16, 8), (40, 1, 8, 8), (1, 1, 8, 8)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda shape: network(torch.zeros(shape)), shapes))
    assert [tuple(answer.shape) for answer in answers] == shapes


def test_an_error_reaches_everybody_whose_films_were_computed() -> None:
    def broken(films: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("CUDA out of memory")

    network = BatchedNetwork(broken, "cpu")
    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(network, torch.zeros(1, 1, 8, 8)) for _ in range(3)]
    assert all("out of memory" in str(future.exception()) for future in futures)


@pytest.mark.parametrize("bundle", ["chest_anatomy", "spine_vertebrae"])
def test_a_film_s_answer_in_a_batch_is_its_answer_alone(bundle: str) -> None:
    network = load_network(bundle)
    plain, batched = by_torch(network), by_torch(BatchedNetwork(network, "cpu"))
    films = np.random.default_rng(0).random((4, 2, 96, 128), dtype=np.float32)
    together = Barrier(4)

    def ask(film: np.ndarray) -> np.ndarray:
        together.wait(30)
        return forward(batched, film)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, films))
    for film, answer in zip(films, answers, strict=True):
        np.testing.assert_allclose(answer, forward(plain, film), atol=1e-4)


def test_predictors_are_those_of_the_chosen_device(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    class Noted(BatchedNetwork):
        def __init__(self, network: Callable[[torch.Tensor], torch.Tensor], device: str) -> None:
            made.append(device)
            super().__init__(network, device)

    monkeypatch.setattr(torch_network, "BatchedNetwork", Noted)
    monkeypatch.setattr(computing, "resolved", lambda how: how)
    assert chosen_computing() == Computing("cpu", "onnxruntime", "int8")
    with computing_by(Computing("meta", "torch")):
        for output in ("output", "features"):
            loading.load_predictor("view", output)
    assert made == ["meta", "meta"]
    loading.load_predictor("view")
    assert made == ["meta", "meta"]
    assert next(load_network("view").parameters()).device.type == "cpu"


@pytest.mark.skipif(torch.cuda.is_available() or torch.backends.mps.is_available(), reason="there is a device")
def test_without_a_device_auto_is_the_processor() -> None:
    assert resolved(Computing("auto")) == Computing("cpu", "onnxruntime", "int8")
    with pytest.raises(CannotCompute, match="no device cuda"):
        resolved(Computing("cuda"))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a device")
def test_a_device_that_is_not_here_is_bad_usage(tmp_path: Path) -> None:
    film = tmp_path / "film.png"
    film.write_text("Dear colleague")
    done = CliRunner().invoke(app, ["measure", str(film), "-o", str(tmp_path / "out"), "--device", "cuda"])
    assert done.exit_code == 2
    assert "no device cuda" in done.output
    assert not (tmp_path / "out").exists()
