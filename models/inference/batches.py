"""A network on a graphics processor: what several threads ask for at the same time is computed at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

import torch

_LARGEST: Final = 32
"""Films, counting every pass of each."""


@dataclass(eq=False)
class _Request:
    """One thread's films (B, 1, H, W); their outputs or the error once they are computed."""

    films: torch.Tensor
    outputs: torch.Tensor | None = None
    error: Exception | None = None

    @property
    def is_done(self) -> bool:
        """Whether it was computed."""
        return self.outputs is not None or self.error is not None


class BatchedNetwork:
    """A network that computes on its device what threads ask for while it computes for another.

    Nobody waits for company: a thread that finds the device free computes what is waiting, its own request first. A
    film's outputs are those that it has alone, but for rounding.
    """

    def __init__(self, network: Callable[[torch.Tensor], torch.Tensor], device: str) -> None:
        self._network, self._device = network, device
        self._waiting: deque[_Request] = deque()
        self._free = Lock()

    def __call__(self, films: torch.Tensor) -> torch.Tensor:
        """The network's outputs, on the processor, for (B, 1, H, W) films."""
        request = _Request(films)
        self._waiting.append(request)
        with self._free:
            if not request.is_done:
                self._compute(self._batch_with(request))
        if request.outputs is None:
            raise request.error or RuntimeError("nothing was computed")
        return request.outputs

    def _batch_with(self, request: _Request) -> list[_Request]:
        """The request and others that are waiting, of the same size, as many as fit."""
        self._waiting.remove(request)
        batch, room = [request], _LARGEST - len(request.films)
        for other in list(self._waiting):
            if other.films.shape[1:] == request.films.shape[1:] and len(other.films) <= room:
                self._waiting.remove(other)
                batch.append(other)
                room -= len(other.films)
        return batch

    def _compute(self, batch: list[_Request]) -> None:
        try:
            films = torch.cat([request.films for request in batch]).to(self._device)
            outputs = self._network(films).cpu()
        except Exception as error:  # noqa: BLE001  it is raised in every thread that asked
            for request in batch:
                request.error = error
            return
        for request, part in zip(batch, outputs.split([len(each.films) for each in batch]), strict=True):
            request.outputs = part
