"""Films of another origin by view, sex and age: ``python benchmarks/subgroups.py DATA FOLDER``.

Writes the V7 films that the networks never saw into FOLDER as films of one's own (docs/own_films.md), with view, sex
and age where known; ``radcaliper evaluate FOLDER --protocol chest --figures OUT`` prints the tables. Both lungs are
one mask in this set: it is taken apart where it has two large pieces, and the film left out where it has not.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pandas as pd
from rich.console import Console

from radcaliper.learning.datasets.chest import read_manifest, read_mask
from radcaliper.learning.datasets.split import HELD_OUT_FOLD, fold_of
from radcaliper.measurements.types import Mask

_SMALLEST: Final = 0.2
"""The share of the mask under which a piece is no lung."""
_COLUMNS: Final = {"view_by_text": "view", "sex": "sex", "age": "age"}


def two_lungs(both: Mask) -> dict[str, Mask] | None:
    """The right and the left lung, the right one on the image's left; None where the mask has not two large pieces."""
    _, labels, stats, centres = cv2.connectedComponentsWithStats(both.astype(np.uint8))
    large = [label for label in range(1, len(stats)) if stats[label, cv2.CC_STAT_AREA] > _SMALLEST * both.sum()]
    if len(large) != 2:
        return None
    right, left = sorted(large, key=lambda label: float(centres[label][0]))
    return {"right_lung": labels == right, "left_lung": labels == left}


def write_films(data: Path, folder: Path) -> int:
    """Write the films, their masks and the manifest; returns how many films have two lungs."""
    manifest = read_manifest(data)
    unseen = manifest[(manifest.source == "v7") & (manifest.patient_group.map(fold_of) == HELD_OUT_FOLD)]
    known = pd.read_csv(data / "chest" / "tubes" / "views.csv", dtype=str).set_index("image").rename(columns=_COLUMNS)
    rows = []
    for film in unseen.itertuples():
        image = data / str(film.image)
        lungs = two_lungs(read_mask(image.parent.parent / "masks" / "lungs" / f"{image.stem}.png"))
        if lungs is None:
            continue
        (folder / "images").mkdir(parents=True, exist_ok=True)
        shutil.copy(image, folder / "images")
        for name, mask in lungs.items():
            (folder / "masks" / name).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / "masks" / name / f"{image.stem}.png"), mask.astype(np.uint8) * 255)
        facts = {name: known[name].get(film.image) for name in _COLUMNS.values()}
        rows.append({"image": image.name, "patient": film.patient_group} | facts)
    pd.DataFrame(rows).to_csv(folder / "manifest.csv", index=False)
    return len(rows)


def main() -> None:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    Console().print(f"{write_films(arguments.data, arguments.folder)} films")


if __name__ == "__main__":
    main()
