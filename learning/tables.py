"""Figures as a table on the terminal."""

from __future__ import annotations

import pandas as pd
from rich.table import Table


def as_table(figures: pd.DataFrame) -> Table:
    """The rows as a table: numbers are right-aligned, missing values are empty."""
    table = Table(box=None, pad_edge=False)
    for column in figures.columns:
        numeric = pd.api.types.is_numeric_dtype(figures[column])
        table.add_column(str(column), justify="right" if numeric else "left", overflow="fold")
    for row in figures.itertuples(index=False):
        table.add_row(*("" if pd.isna(v) else f"{v:.4f}" if isinstance(v, float) else str(v) for v in row))
    return table
