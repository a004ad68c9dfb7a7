"""Fit qc/thorax_proportions.json: ``python -m radcaliper.learning.chest.thorax_proportions DATA OUTPUT``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from radcaliper.learning.chest.labels import labelled_everywhere
from radcaliper.learning.datasets.chest import chest_films
from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.models.inference.letterbox import Letterbox
from radcaliper.qc.thorax_modes import THORAX_STRUCTURES
from radcaliper.qc.thorax_proportions import proportions

_SIDE = 256
_RIDGE = 1e-4


def main() -> None:
    """Fit mean and precision of the thorax's proportions to the labelled masks of films that are not held out."""
    data, output = Path(sys.argv[1]), Path(sys.argv[2])
    found = []
    for film in chest_films(data):
        if set(THORAX_STRUCTURES) <= labelled_everywhere(film) and film.fold != HELD_OUT_FOLD:
            box = Letterbox.square(film.grey.shape[0], film.grey.shape[1], _SIDE)
            found.append(proportions({k: box.forward(v.astype(np.float32)) > 0.5 for k, v in film.targets.items()}))
    values = np.stack(found)
    precision = np.linalg.inv(np.cov(values.T) + _RIDGE * np.eye(values.shape[1]))
    table = {"films": len(values), "mean": values.mean(axis=0).tolist(), "precision": precision.tolist()}
    output.write_text(json.dumps(table) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
