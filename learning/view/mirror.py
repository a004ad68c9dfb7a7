"""Tell mirrored chests: upright ones and their mirror images, and a small head on the encoder's finer features."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from radcaliper.learning.datasets.split import FOLDS, HELD_OUT_FOLD
from radcaliper.learning.view.augment import posed, smaller
from radcaliper.learning.view.films import chests
from radcaliper.models.view.network import MirrorHead, ViewNetwork
from radcaliper.models.view.predict import view_square

_EPOCHS: Final = 12
_BATCH: Final = 128
_RATE, _DECAY = 1e-3, 0.05


@dataclass(frozen=True, eq=False)
class MirrorCopies:
    """N upright chests: (N, 5488) finer features, whether each is mirrored, and its patient's fold."""

    features: NDArray[np.float16]
    mirrored: NDArray[np.bool_]
    fold: NDArray[np.int64]


def mirror_copies(data: Path, network: ViewNetwork) -> MirrorCopies:
    """Every chest under ``data`` as it is and mirrored, and twice changed, of which once mirrored."""
    seen, folds = [], []
    for number, film in enumerate(chests(data)):
        rng = np.random.default_rng([9, number])
        grey = smaller(film.read(rng))
        pair = grey, grey[:, ::-1], posed(grey, rng), posed(grey, rng)[:, ::-1]
        squares = np.stack([view_square(np.ascontiguousarray(each)) for each in pair])[:, None]
        with torch.inference_mode():
            seen.append(network.features(torch.from_numpy(squares))[1].numpy().astype(np.float16))
        folds += [film.fold] * len(pair)
    return MirrorCopies(np.concatenate(seen), np.arange(len(folds)) % 2 == 1, np.array(folds))


def write_mirror_copies(copies: MirrorCopies, output: Path) -> None:
    """Keep them in a file (.npz)."""
    np.savez(output, **vars(copies))


def read_mirror_copies(path: Path) -> MirrorCopies:
    """What ``write_mirror_copies`` kept."""
    with np.load(path) as arrays:
        return MirrorCopies(**{key: arrays[key] for key in arrays.files})


def fit_mirror_head(copies: MirrorCopies, rows: NDArray[np.intp]) -> MirrorHead:
    """A head fitted to these rows of the copies."""
    torch.manual_seed(0)
    head, truth = MirrorHead(), torch.from_numpy(copies.mirrored[rows]).float()
    optimizer = torch.optim.AdamW(head.parameters(), lr=_RATE, weight_decay=_DECAY)
    steps = len(rows) // _BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=_EPOCHS * steps)
    head.train()
    for _ in range(_EPOCHS):
        for picked in torch.randperm(len(rows))[: steps * _BATCH].split(_BATCH):
            films = torch.from_numpy(copies.features[rows[picked.numpy()]]).float()
            loss = functional.binary_cross_entropy_with_logits(head(films)[:, 0], truth[picked])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
    return head.eval()


def mirror_heads(copies: MirrorCopies) -> list[MirrorHead]:
    """A head a fold, fitted to the others, all scaled to probabilities by one temperature of folds 1 to 4."""
    heads = [fit_mirror_head(copies, np.flatnonzero(copies.fold != fold)) for fold in range(FOLDS)]
    logits, truths = [], []
    for fold, head in enumerate(heads):
        if fold != HELD_OUT_FOLD:
            apart = copies.fold == fold
            with torch.inference_mode():
                logits.append(head(torch.from_numpy(copies.features[apart]).float())[:, 0])
            truths.append(torch.from_numpy(copies.mirrored[apart]).float())
    found, truth = torch.cat(logits), torch.cat(truths)
    grid = np.exp(np.linspace(np.log(0.5), np.log(6), 60))
    loss = [float(functional.binary_cross_entropy_with_logits(found / float(each), truth)) for each in grid]
    for head in heads:
        with torch.no_grad():
            head.answer.weight.div_(float(grid[int(np.argmin(loss))]))
            head.answer.bias.div_(float(grid[int(np.argmin(loss))]))
    return heads
