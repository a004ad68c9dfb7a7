"""Figures of films of the user's own: means with intervals by resampling patients, agreement, and who they hold for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from radcaliper.learning.conformal import COVERAGE
from radcaliper.learning.own.judging import JudgedTables
from radcaliper.learning.scores import share_interval

_DRAWS: Final = 2000
_FEWEST: Final = 20
"""The fewest films by which something is said of an interval."""
_NEAR: Final = 0.05
"""How far under nine in ten a share may lie for an interval to be said to hold."""
_AGES: Final = (0, 18, 40, 60, 80, 130)
_DIGITS: Final = {"deg": 1, "mm": 1, "px": 1, "mm2": 0, "px2": 0}
"""Decimals that a number is worth, by its unit; else three."""
_SUBGROUPS: Final = ("view", "sex", "age")


def bootstrapped_mean(values: pd.Series, patients: pd.Series) -> tuple[float, float]:
    """The 95 % interval of a mean, by drawing patients anew: all films of a patient together (percentiles)."""
    groups = pd.DataFrame({"value": values.astype(float), "patient": patients}).dropna().groupby("patient").value
    sums, counts = groups.sum().to_numpy(), groups.count().to_numpy()
    if len(sums) < 2:
        return float("nan"), float("nan")
    drawn = np.random.default_rng(0).integers(len(sums), size=(_DRAWS, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def _with_interval(values: pd.Series, patients: pd.Series, digits: int = 3) -> str:
    low, high = bootstrapped_mean(values, patients)
    mean = f"{values.mean():.{digits}f}"
    return mean if np.isnan(low) else f"{mean} [{low:.{digits}f}, {high:.{digits}f}]"


def film_table(tables: JudgedTables) -> pd.DataFrame:
    """How many films have each status, and the commonest reasons."""
    rows = []
    for status, own in tables.films.groupby("status"):
        reasons = pd.Series([code for each in own.reasons for code in each.split(";") if code]).value_counts()
        rows.append(
            {"status": status, "films": len(own), "patients": own.patient.nunique()}
            | {"commonest reasons": ", ".join(f"{code} ({count})" for code, count in reasons.head(4).items())}
        )
    return pd.DataFrame(rows)


def dice_table(tables: JudgedTables) -> pd.DataFrame:
    """By structure: the Dice, how well it was predicted, and whether its lower bound holds."""
    rows = []
    for name, own in tables.masks.groupby("structure") if len(tables.masks) else ():
        worst = own.loc[own.dice.idxmin()]
        bound = (own.dice >= own.lower).where(own.lower.notna())
        rows.append(
            {"structure": name, "films": len(own), "patients": own.patient.nunique()}
            | {"mean Dice": _with_interval(own.dice, own.patient), "median": round(own.dice.median(), 3)}
            | {"predicted off by": round((own.dice - own.quality).abs().mean(), 3)}
            | {"90 % bound": verdict(bound), "worst": round(worst.dice, 3), "worst film": worst.image}
        )
    return pd.DataFrame(rows)


def verdict(covered: pd.Series) -> str:
    """Whether what should hold nine times in ten does: the share, its binomial 95 % interval, and a word."""
    known = covered.dropna()
    if not len(known):
        return "has none"
    low, high = share_interval(known)
    words = f"{known.mean():.2f} [{low:.2f}, {high:.2f}]"
    if len(known) < _FEWEST:
        return f"{words}: too few films to say"
    if high < COVERAGE:
        return f"{words}: does NOT hold"
    return f"{words}: {'holds' if known.mean() >= COVERAGE - _NEAR else 'unsure'}"


def _numbers(tables: JudgedTables) -> Iterator[tuple[str, str, str, pd.DataFrame]]:
    """Name, site, unit and rows of each number."""
    if len(tables.numbers):
        for (name, site), own in tables.numbers.groupby(["measurement", "site"], sort=False):
            units = own.unit[own.unit != ""]
            for unit, same in own.groupby(own.unit.where(own.unit != "", units.iloc[0] if len(units) else "")):
                yield str(name), str(site), str(unit), same


def number_table(tables: JudgedTables) -> pd.DataFrame:
    """By number: bias, mean absolute error, limits of agreement (Bland and Altman 1986), and whether intervals hold."""
    rows = []
    for name, site, unit, own in _numbers(tables):
        known = own.dropna(subset=["value"])
        row = {"measurement": name, "site": site, "unit": unit, "films": len(known), "refused": len(own) - len(known)}
        if len(known):
            worst = known.loc[known.error.abs().idxmax()]
            spread = known.error.std(ddof=1) if len(known) > 1 else float("nan")
            low, high = (known.error.mean() + sign * 1.96 * spread for sign in (-1, 1))
            digits = _DIGITS.get(unit, 3)
            row |= {
                "bias": _with_interval(known.error, known.patient, digits),
                "mean error": _with_interval(known.error.abs(), known.patient, digits),
                "limits of agreement": f"{low:.{digits}f} to {high:.{digits}f}",
                "90 % interval": verdict(known.covered),
                "worst": f"{worst.error:.{digits}f}",
                "worst film": worst.image,
            }
        rows.append(row)
    return pd.DataFrame(rows)


def _bands(films: pd.DataFrame, fact: str) -> pd.Series:
    """The subgroup of each film, by image; ages in bands."""
    values = films.set_index("image")[fact].dropna()
    if fact != "age":
        return values
    ages = pd.to_numeric(values.astype(str).str.extract(r"(\d+)", expand=False), errors="coerce").dropna()
    return pd.cut(ages, _AGES, right=False).astype(str)


def subgroup_table(tables: JudgedTables) -> pd.DataFrame:
    """The mean Dice by structure, and the mean error and coverage by number, by view, sex and age where known."""
    rows = []
    for fact in (name for name in _SUBGROUPS if name in tables.films.columns):
        groups = _bands(tables.films, fact)
        if groups.nunique() < 2:
            continue
        if len(tables.masks):
            for (group, name), own in tables.masks.assign(group=tables.masks.image.map(groups)).groupby(
                ["group", "structure"]
            ):
                rows.append(
                    {"by": fact, "group": group, "what": f"Dice {name}", "films": len(own)}
                    | {"mean": _with_interval(own.dice, own.patient)}
                )
        for name, site, unit, numbers in _numbers(tables):
            known = numbers.dropna(subset=["value"])
            for group, own in known.assign(group=known.image.map(groups)).groupby("group"):
                what = f"error {' '.join(filter(None, (name, site)))} ({unit})"
                rows.append(
                    {"by": fact, "group": group, "what": what, "films": len(own)}
                    | {
                        "mean": _with_interval(own.error.abs(), own.patient, _DIGITS.get(unit, 3)),
                        "90 % interval": verdict(own.covered),
                    }
                )
    return pd.DataFrame(rows)


def worst_films(tables: JudgedTables, count: int) -> list[str]:
    """The films to look at first: the lowest Dice, and the largest errors for their kind."""
    scores: list[pd.Series] = []
    if len(tables.masks):
        scores.append(1 - tables.masks.groupby("image").dice.min())
    for _, _, _, own in _numbers(tables):
        known = own.dropna(subset=["error"])
        if len(known) > 1 and known.error.abs().max() > 0:
            scores.append((known.error.abs() / known.error.abs().max()).groupby(known.image).max() * 0.5)
    if not scores:
        return []
    worst = pd.concat(scores).groupby(level=0).max().sort_values(ascending=False)
    return [str(image) for image in worst.index[:count]]
