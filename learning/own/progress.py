"""A training on its way: the bar, the validation after each epoch, the best weights, and when to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import pandas as pd
import torch
from rich import progress as rich
from rich.console import Console

from radcaliper.learning.packed_films import BitFieldFilms
from radcaliper.learning.trainer import Epoch, Watch, save_half

_LEAST_GAIN: Final = 1e-3
"""Dice by which an epoch must be better than the best to count as better."""


@dataclass(frozen=True)
class EpochRow:
    """One epoch: the mean loss in training, and the mean Dice on the validation films."""

    epoch: int
    loss: float
    dice: float


def mean_dice(network: torch.nn.Module, films: BitFieldFilms, device: str) -> float:
    """The mean Dice over films and the structures that each labels, of the plain output above one half."""
    network.eval()
    scores = []
    for index in range(len(films)):
        film = films.plain(index)
        with torch.inference_mode():
            output = network(film["grey"][None].to(device))[0].float().cpu()
        found, truth = output > 0, film["target"] > 0.5
        for channel in torch.nonzero(film["known"].amax((1, 2))).flatten():
            overlap = 2 * int((found[channel] & truth[channel]).sum())
            total = int(found[channel].sum()) + int(truth[channel].sum())
            scores.append(overlap / total if total else 1.0)
    return float(np.mean(scores))


def read_history(path: Path) -> list[EpochRow]:
    """The epochs that are done."""
    if not path.is_file():
        return []
    return [EpochRow(int(row.epoch), float(row.loss), float(row.dice)) for row in pd.read_csv(path).itertuples()]


class TrainingProgress(Watch):
    """Shows a bar on stderr, validates each epoch, keeps the best weights, and stops after ``patience`` without gain.

    ``history`` is a CSV file with a row an epoch, from which a training that was stopped goes on; the best weights go
    to ``best``.
    """

    def __init__(self, validate: Callable[[torch.nn.Module], float], folder: Path, epochs: int, patience: int) -> None:
        super().__init__()
        self.history, self.best = folder / "history.csv", folder / "best.safetensors"
        self.rows = read_history(self.history)
        self._validate, self._patience = validate, patience
        columns = (
            rich.TextColumn("{task.description}"),
            rich.BarColumn(),
            rich.MofNCompleteColumn(),
            rich.TimeRemainingColumn(),
        )
        self._bar = rich.Progress(*columns, console=Console(stderr=True))
        self._task = self._bar.add_task("epochs", total=epochs, completed=len(self.rows))

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    @property
    def best_row(self) -> EpochRow:
        """The best epoch so far. Raises ValueError before the first."""
        return max(self.rows, key=lambda row: row.dice)

    @property
    def is_done(self) -> bool:
        """Whether nothing was gained for so long that the training stops."""
        if not self.rows:
            return False
        first_best = next(row for row in self.rows if row.dice >= self.best_row.dice - _LEAST_GAIN)
        return self.rows[-1].epoch - first_best.epoch >= self._patience

    def epoch(self, epoch: Epoch) -> bool:
        """Validate, keep what is best, and tell whether to go on."""
        row = EpochRow(epoch.number, epoch.loss, self._validate(epoch.network))
        if not self.rows or row.dice > self.best_row.dice:
            save_half(epoch.network, self.best)
        self.rows.append(row)
        pd.DataFrame([asdict(each) for each in self.rows]).to_csv(self.history, index=False)
        words = f"epochs; Dice {row.dice:.3f}, best {self.best_row.dice:.3f}"
        self._bar.update(self._task, completed=len(self.rows), description=words)
        return not self.is_done


def draw_history(rows: list[EpochRow], output: Path) -> None:
    """The loss and the validation Dice by epoch, as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    epochs = [row.epoch + 1 for row in rows]
    axes.plot(epochs, [row.dice for row in rows], color="#0b5394", label="Dice on the validation films")
    best = max(rows, key=lambda row: row.dice)
    axes.plot([best.epoch + 1], [best.dice], "o", color="#0b5394", label=f"kept: {best.dice:.3f}")
    axes.set(xlabel="epoch", ylabel="Dice", ylim=(0, 1))
    beside = axes.twinx()
    beside.plot(epochs, [row.loss for row in rows], color="#e69138", linestyle="--", label="loss in training")
    beside.set_ylabel("loss")
    beside.set_ylim(bottom=0)
    lines = [*axes.get_lines(), *beside.get_lines()]
    axes.legend(lines, [str(line.get_label()) for line in lines], frameon=False, fontsize=8, loc="center right")
    figure.savefig(output, dpi=90)
