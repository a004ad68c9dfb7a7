"""chexmask.csv: lungs and heart as run lengths, in the columns of the CheXmask database.

Gaggion et al., CheXmask: a large-scale dataset of anatomical segmentation masks for multi-center chest x-ray images,
Scientific Data 11 (2024). Runs go along the rows: ``start length`` pairs by spaces, the first pixel is 1.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Final

import numpy as np

from radcaliper.measurements.types import Mask
from radcaliper.pipelines.results.exports.registry import Exported
from radcaliper.pipelines.results.files import whole_text
from radcaliper.pipelines.results.stored import StoredResult, StoredResults

STRUCTURES: Final = {"Left Lung": "left_lung", "Right Lung": "right_lung", "Heart": "heart"}
"""By CheXmask's column; left and right are the patient's."""
COLUMNS: Final = ("Image ID", "Dice RCA (Max)", "Dice RCA (Mean)", "Landmarks", *STRUCTURES, "Height", "Width")


def row_runs(mask: Mask) -> str:
    """A mask (H, W) as CheXmask writes it: empty for an empty mask."""
    edges = np.flatnonzero(np.diff(mask.ravel().astype(np.int8), prepend=0, append=0))
    starts, ends = edges[::2], edges[1::2]
    return " ".join(f"{start + 1} {end - start}" for start, end in zip(starts, ends, strict=True))


def mask_of_row_runs(runs: str, shape: tuple[int, int]) -> Mask:
    """The mask (H, W) that ``row_runs`` was taken of."""
    numbers = np.array(runs.split(), dtype=np.int64).reshape(-1, 2)
    flat = np.zeros(shape[0] * shape[1], bool)
    for start, length in numbers:
        flat[start - 1 : start - 1 + length] = True
    return flat.reshape(shape)


def _mean_quality(film: StoredResult) -> float | None:
    """The mean predicted Dice of the three masks."""
    found = [row["quality"] for row in film.structures if row["structure"] in STRUCTURES.values()]
    known = [quality for quality in found if isinstance(quality, float)]
    return round(sum(known) / len(known), 4) if known else None


def write_rle(results: StoredResults, folder: Path) -> Exported:
    """Write ``chexmask.csv``. Its Dice RCA (Mean) is the masks' mean predicted Dice; there are no landmarks."""
    left_out: Counter[str] = Counter()
    films = 0
    with whole_text(folder / "chexmask.csv") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for film in results.films():
            masks = results.masks(film) if film.row["protocol"] == "chest" else {}
            if not masks:
                left_out["no masks of a chest"] += 1
                continue
            runs = (row_runs(masks[name]) if name in masks else "" for name in STRUCTURES.values())
            writer.writerow((film.image, "", _mean_quality(film), "", *runs, film.row["height"], film.row["width"]))
            films += 1
    return Exported(folder / "chexmask.csv", films, left_out)
