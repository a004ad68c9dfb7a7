"""Plots of films of the user's own: Bland-Altman of each number, and risk against coverage of the masks."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

import numpy as np
import pandas as pd

from radcaliper.learning.own.judging import JudgedTables
from radcaliper.learning.quality.selective import risk_coverage

_BLUE: Final = "#0b5394"
_FEWEST: Final = 5


def _figure() -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3.4), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots()


def _png(figure: Any) -> bytes:
    content = BytesIO()
    figure.savefig(content, format="png", dpi=90)
    return content.getvalue()


def bland_altman(known: pd.DataFrame, title: str, unit: str) -> bytes:
    """The error of a number over the mean of found and true, with the bias and the limits of agreement, as a PNG."""
    figure, axes = _figure()
    mean = (known.value + known.truth) / 2
    inside = known.covered.fillna(1) > 0
    axes.scatter(mean[inside], known.error[inside], s=10, color=_BLUE, label="interval holds the truth")
    if (~inside).any():
        axes.scatter(mean[~inside], known.error[~inside], s=14, color="#cc4125", marker="x", label="it does not")
    bias, spread = known.error.mean(), known.error.std(ddof=1)
    for place, style in ((bias, "-"), (bias - 1.96 * spread, "--"), (bias + 1.96 * spread, "--")):
        axes.axhline(place, color="0.4", linestyle=style, linewidth=0.9)
    words = f" ({unit})" if unit not in ("", "ratio") else ""
    axes.set(title=f"{title} (n {len(known)})", xlabel=f"mean of found and true{words}")
    axes.set_ylabel(f"found less true{words}")
    axes.legend(frameon=False, fontsize=8)
    return _png(figure)


def risk_by_coverage(masks: pd.DataFrame) -> bytes:
    """The mean loss of Dice among the masks that are accepted first by their predicted Dice, as a PNG."""
    figure, axes = _figure()
    known = masks.dropna(subset=["quality"])
    loss = (1 - known.dice).to_numpy(float)
    for score, style, name in ((known.quality.to_numpy(float), "-", "by predicted Dice"), (-loss, "--", "ideal")):
        coverage, risk = risk_coverage(score, loss)
        axes.plot(coverage, risk, style, color=_BLUE if style == "-" else "0.3", label=name)
    axes.axhline(float(np.mean(loss)), color="0.6", linestyle=":", label="random")
    axes.set(title=f"Masks (n {len(known)})", xlabel="share accepted", ylabel="mean loss of Dice", xlim=(0, 1))
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, fontsize=8)
    return _png(figure)


def all_plots(tables: JudgedTables) -> Iterator[tuple[str, bytes]]:
    """Name and PNG of every plot that there are enough films for."""
    if len(tables.masks) and tables.masks.quality.notna().sum() >= _FEWEST:
        yield "risk_coverage", risk_by_coverage(tables.masks)
    if len(tables.numbers):
        for (name, site, unit), own in tables.numbers.groupby(["measurement", "site", "unit"], sort=False):
            known = own.dropna(subset=["value"])
            if len(known) >= _FEWEST:
                title = " ".join(filter(None, (str(name).replace("_", " "), str(site))))
                place = "_".join(filter(None, ("bland_altman", str(name), str(site), str(unit))))
                yield place, bland_altman(known, title, str(unit))
