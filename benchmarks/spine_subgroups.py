"""On how many spine films of another hospital a spine is measured, by sex and age.

``python benchmarks/spine_subgroups.py DATA SCORES``: SCORES is what ``radcaliper evaluate DATA --protocol spine
--scores SCORES`` wrote; ``DATA/spine/fraiwan/labels.csv`` names sex and age of each film.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pandas as pd
from rich.console import Console

from radcaliper.learning.scores import share_interval
from radcaliper.learning.tables import as_table

_SET: Final = "fraiwan"
_AGES: Final = (0, 12, 18, 130)


def _row(spines: str, group: str, measured: pd.Series) -> dict[str, Any]:
    low, high = share_interval(measured)
    found = f"{measured.mean():.2f} [{low:.2f}, {high:.2f}]"
    return {"spines": spines, "films": group, "n": len(measured), "measured": found}


def rows(data: Path, scores: Path) -> Iterator[dict[str, Any]]:
    """A row for all films of a kind, for each sex, and for each band of ages."""
    table = pd.read_csv(scores)
    table = table[(table.dataset == _SET) & table.figure.str.startswith("spine measured")]
    table = table.assign(file=table.image.map(lambda image: Path(image).name))
    known = table.merge(pd.read_csv(data / "spine" / _SET / "labels.csv"), on="file")
    ages = pd.cut(pd.to_numeric(known.age, errors="coerce"), _AGES, right=False).astype(str)
    for spines, films in known.groupby("class", sort=False):
        yield _row(str(spines), "all", films.value)
        for by in (films.sex.dropna(), ages[films.index][lambda each: each != "nan"]):
            for group, own in films.value[by.index].groupby(by):
                yield _row(str(spines), str(group), own)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("scores", type=Path)
    arguments = parser.parse_args()
    Console(width=120).print(as_table(pd.DataFrame(rows(arguments.data, arguments.scores))))


if __name__ == "__main__":
    main()
