"""Do two versions say the same of the same films? ``same_numbers.py OLD NEW``: two results folders, cell by cell.

Prints, for each table, how many cells differ within the tolerance, and every cell that differs by more, with its film.
The tolerance is a thousandth of a value, 0.05 degrees of an angle, 0.0005 of a ratio, half a pixel of a place; words
and statuses must be the same. Ends with 1 where anything differs by more.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import pandas as pd

KEYS: Final = {
    "images": ["image"],
    "structures": ["image", "structure"],
    "measurements": ["image", "measurement", "site", "method"],
    "landmarks": ["image", "landmark"],
}
"""The tables, and what names a row of each."""
OTHERWISE: Final = frozenset({"seconds", "model"})
"""Columns that need not be the same."""
PLACES: Final = frozenset({"row", "col", "points"})
"""Columns of places on the film."""
HALF_A_PIXEL: Final = 0.5
BY_UNIT: Final = {"deg": 0.05, "ratio": 0.0005}
SHARE: Final = 0.001


def numbers(cell: str) -> list[float] | None:
    """The numbers in a cell, of which points have several; None for words."""
    try:
        return [float(number) for number in cell.replace(":", " ").split()]
    except ValueError:
        return None


def is_near(old: str, new: str, column: str, unit: str) -> bool:
    """Whether two cells of a column hold numbers that differ by no more than the tolerance."""
    before, after = numbers(old), numbers(new)
    if before is None or after is None or len(before) != len(after):
        return False
    pairs = zip(before, after, strict=True)
    if column in PLACES:
        return all(abs(a - b) <= HALF_A_PIXEL for a, b in pairs)
    return all(abs(a - b) <= BY_UNIT.get(unit, SHARE * max(abs(a), 1.0)) for a, b in pairs)


def table(folder: Path, name: str) -> pd.DataFrame:
    """A table as words, by its key."""
    read = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
    return read.set_index(KEYS[name]).sort_index()


def differences(old: pd.DataFrame, new: pd.DataFrame) -> tuple[int, list[str]]:
    """How many cells differ within the tolerance, and a line for each row that one lacks and each cell beyond it."""
    found = [f"{key}: a row in one of them" for key in old.index.symmetric_difference(new.index)]
    near, shared = 0, old.index.intersection(new.index)
    units = old.loc[shared, "unit"] if "unit" in old.columns else pd.Series("", index=shared)
    for column in [each for each in old.columns if each not in OTHERWISE]:
        cells = zip(shared, old.loc[shared, column], new.loc[shared, column], units, strict=True)
        for key, before, after, unit in cells:
            if before == after:
                continue
            if is_near(before, after, column, unit):
                near += 1
            else:
                found.append(f"{key} {column}: {before} -> {after}")
    return near, found


def main() -> int:
    """Compare the folders named on the command line."""
    old, new = map(Path, sys.argv[1:3])
    beyond = 0
    for name in KEYS:
        before, after = table(old, name), table(new, name)
        near, found = differences(before, after)
        beyond += len(found)
        counted = f"{len(before)} rows, {near} cells within the tolerance, {len(found)} beyond it"
        sys.stdout.write("\n".join([f"{name}: {counted}", *found]) + "\n")
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
