"""The figures of quality as curves: risk against coverage, and predicted against true Dice. No film is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from radcaliper.learning.chest.film_copies import CLEAN
from radcaliper.learning.quality.figures import SCORES, vital
from radcaliper.learning.quality.rows import REGISTERED
from radcaliper.learning.quality.selective import risk_coverage

_NAMES: Final = {"quality": "predicted Dice", "agreement": "agreement of passes"}
_COLOURS: Final = {"quality": "#0b5394", "agreement": "#e69138", "mean probability": "#6aa84f", REGISTERED: "#a64d79"}
_BINS: Final = 10


def _draw_risk(axes: Any, masks: pd.DataFrame, scores: tuple[str, ...], title: str) -> None:
    loss = (1 - masks.dice).to_numpy(float)
    for score in scores:
        coverage, risk = risk_coverage(masks[score].to_numpy(float), loss)
        axes.plot(coverage, risk, color=_COLOURS[score], label=_NAMES.get(score, score))
    coverage, ideal = risk_coverage(-loss, loss)
    axes.plot(coverage, ideal, color="0.3", linestyle="--", label="ideal")
    axes.axhline(float(loss.mean()), color="0.6", linestyle=":", label="random")
    axes.set(title=title, xlabel="share of masks accepted", ylabel="mean loss of Dice among them", xlim=(0, 1))
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, fontsize=8)


def _draw_calibration(axes: Any, masks: pd.DataFrame) -> None:
    clean = masks.damage == CLEAN
    for rows, colour, name in ((masks[~clean], "#9fc5e8", "damaged"), (masks[clean], "#0b5394", "clean")):
        axes.scatter(rows.quality, rows.dice, s=5, color=colour, alpha=0.6, label=name, linewidths=0)
    groups = np.array_split(np.argsort(masks.quality.to_numpy()), _BINS)
    means = [(masks.quality.iloc[g].mean(), masks.dice.iloc[g].mean(), masks.lower.iloc[g].mean()) for g in groups]
    predicted, found, lower = np.array(means).T
    axes.plot(predicted, found, color="black", marker="o", markersize=4, label="mean of a tenth")
    axes.plot(predicted, lower, color="black", linestyle="--", linewidth=1, label="lower bound")
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=0.8)
    axes.set(title="Predicted and true Dice", xlabel="predicted", ylabel="true", xlim=(0, 1), ylim=(0, 1))
    axes.legend(frameon=False, fontsize=8)


def draw_quality(masks: pd.DataFrame, output: Path) -> None:
    """Write the curves of lungs and hearts as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    own = vital(masks)
    subset = own.dropna(subset=[REGISTERED])
    figure = Figure(figsize=(13 if len(subset) else 9, 4), layout="constrained")
    FigureCanvasAgg(figure)
    left, *middle, right = figure.subplots(1, 3 if len(subset) else 2)
    _draw_risk(left, own, SCORES, f"All lungs and hearts (n {len(own)})")
    for axes in middle:
        _draw_risk(axes, subset, (*SCORES, REGISTERED), f"Those registered to references (n {len(subset)})")
    _draw_calibration(right, own)
    figure.savefig(output, dpi=90)
