"""How far two readings of one film differ: ``python benchmarks/readers_noise.py DATA``.

Every number that was read twice has a row. Hips and tubes were read by eye, twice and apart, not by clinicians.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from radcaliper.learning.tables import as_table


def _row(number: str, unit: str, differences: pd.Series) -> dict[str, object]:
    known = differences.dropna().abs()
    return {
        "number": number,
        "unit": unit,
        "n": len(known),
        "mean": round(float(known.mean()), 2),
        "median": round(float(known.median()), 2),
        "nine in ten under": round(float(known.quantile(0.9)), 2),
    }


def _places(table: pd.DataFrame, name: str) -> pd.Series:
    """The distance between two readings of a place."""
    apart = [
        table[f"{name}_{axis}_a"].astype(float) - table[f"{name}_{axis}_b"].astype(float) for axis in ("row", "col")
    ]
    return pd.Series(np.hypot(*apart), index=table.index)


def rows(data: Path) -> Iterator[dict[str, object]]:
    """A row for each number that was read twice."""
    hips = pd.read_csv(data / "hip" / "real_bonebreak" / "ccd.csv")
    clear = hips[(hips.confidence_a != "poor") & (hips.confidence_b != "poor")]
    yield _row("ccd_angle", "deg", hips.ccd_a - hips.ccd_b)
    yield _row("ccd_angle, neither reading poor", "deg", clear.ccd_a - clear.ccd_b)
    diameter = 2 * (hips.head_radius_a - hips.head_radius_b) / (hips.head_radius_a + hips.head_radius_b) * 100
    yield _row("femoral_head_diameter", "% of it", diameter)
    tubes = pd.read_csv(data / "chest" / "tubes" / "tubes.csv")
    for tube in ("ett", "ngt", "cvc"):
        yield _row(f"{tube}_tip", "px of the film", _places(tubes, f"{tube}_tip"))
    yield _row("carina", "px of the film", _places(tubes, "carina"))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    Console(width=120).print(as_table(pd.DataFrame(rows(parser.parse_args().data))))


if __name__ == "__main__":
    main()
