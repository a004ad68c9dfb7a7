"""The figures of quality as tables, each a DataFrame under its heading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from radcaliper.learning.chest.film_copies import CLEAN
from radcaliper.learning.quality.rows import REGISTERED, QualityTables
from radcaliper.learning.quality.selective import BAD_BELOW, aurc, auroc, ideal_aurc, random_aurc
from radcaliper.learning.scores import share_interval
from radcaliper.qc.status_rules import DEFAULT_RULES
from radcaliper.qc.thorax_modes import THORAX_STRUCTURES

Tables = Iterator[tuple[str, pd.DataFrame]]
SCORES: Final = ("quality", "agreement", "mean probability")
ABSTAINED: Final = 0.1
_BANDS: Final = (0.0, 0.8, 0.9, 0.95, 1.0)
_MOST_RATIO_ERROR: Final = 0.03
_DRAWS: Final = 500
"""Bootstrap samples of the patients."""


def vital(masks: pd.DataFrame) -> pd.DataFrame:
    """The rows of lungs and hearts."""
    return masks[masks.structure.isin(THORAX_STRUCTURES)]


def _kinds(masks: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    clean = masks.damage == CLEAN
    return [("clean", masks[clean]), ("damaged", masks[~clean]), ("clean and damaged", masks)]


def _separation(rows: pd.DataFrame, score: str) -> dict[str, float]:
    values, loss = rows[score].to_numpy(float), (1 - rows.dice).to_numpy(float)
    return {
        "n": len(rows),
        f"Dice < {BAD_BELOW}": int((rows.dice < BAD_BELOW).sum()),
        "AUROC": _auroc(rows, score),
        "AURC": aurc(values, loss),
        "ideal": ideal_aurc(loss),
        "random": random_aurc(loss),
    }


def separation(masks: pd.DataFrame) -> pd.DataFrame:
    """How well each score separates bad masks of lungs and heart from good ones, also on the baseline's subset."""
    rows = []
    for films, part in _kinds(vital(masks)):
        rows += [{"films": films, "score": score} | _separation(part, score) for score in SCORES]
        subset = part.dropna(subset=[REGISTERED])
        if len(subset):
            scores = (*SCORES, REGISTERED)
            rows += [{"films": f"{films}, registered", "score": s} | _separation(subset, s) for s in scores]
    return pd.DataFrame(rows)


def by_structure(masks: pd.DataFrame) -> pd.DataFrame:
    """AUROC, error and bound of the predicted Dice by structure."""
    rows = []
    for structure, own in masks.groupby("structure"):
        rows += [
            {"structure": structure, "films": films, "n": len(part), "AUROC": _auroc(part, "quality")}
            | _error(part)
            | _coverage(part.dice >= part.lower)
            for films, part in _kinds(own)[: 3 if (own.damage != CLEAN).any() else 1]
        ]
    return pd.DataFrame(rows)


def _error(part: pd.DataFrame) -> dict[str, float]:
    return {
        "mean Dice": part.dice.mean(),
        "predicted": part.quality.mean(),
        "MAE": (part.dice - part.quality).abs().mean(),
    }


def _coverage(covered: pd.Series) -> dict[str, object]:
    low, high = share_interval(covered)
    return {"coverage": covered.mean(), "95 % interval": f"{low:.3f} to {high:.3f}"}


def bound_coverage(masks: pd.DataFrame) -> pd.DataFrame:
    """Whether nine in ten masks lie above their lower bound: overall, by set, by predicted Dice."""
    masks = vital(masks)
    groups = [("all", films, part) for films, part in _kinds(masks)]
    groups += [("set", str(name), part) for name, part in masks[masks.damage == CLEAN].groupby("dataset")]
    band = pd.cut(masks.quality, _BANDS, include_lowest=True)
    groups += [("predicted Dice", str(name), part) for name, part in masks.groupby(band, observed=True)]
    return pd.DataFrame(
        {"by": by, "group": name, "n": len(part)} | _error(part) | _coverage(part.dice >= part.lower)
        for by, name, part in groups
    )


def by_damage(masks: pd.DataFrame, unseen_damage: pd.DataFrame, films: pd.DataFrame) -> pd.DataFrame:
    """Separation, errors and bound by kind of damage, also by fits without that kind; shares of films refused."""
    rows = []
    for damage, part in vital(masks).groupby("damage"):
        new = vital(unseen_damage)[vital(unseen_damage).damage == damage]
        own = films[films.damage == damage]
        rows.append(
            {"damage": damage, "films": len(own), "refused by gates": own.refused.mean()}
            | {"reviewed by gates": (~own.refused & (own.reasons != "")).mean(), "masks": len(part)}
            | {f"Dice < {BAD_BELOW}": int((part.dice < BAD_BELOW).sum()), "AUROC": _auroc(part, "quality")}
            | {"AUROC of agreement": _auroc(part, "agreement")}
            | _error(part)
            | _coverage(part.dice >= part.lower)
            | {"AUROC, kind unseen": _auroc(new, "quality") if len(new) else float("nan")}
            | {"coverage, kind unseen": (new.dice >= new.lower).mean() if len(new) else float("nan")}
        )
    return pd.DataFrame(rows)


def _auroc(rows: pd.DataFrame, score: str) -> float:
    return auroc(rows[score].to_numpy(float), (rows.dice < BAD_BELOW).to_numpy())


def margins(masks: pd.DataFrame) -> pd.DataFrame:
    """By how much the AUROC of predicted Dice exceeds that of the agreement of passes; patients are bootstrapped."""
    rows = []
    for films, part in _kinds(vital(masks)):
        by_patient = [group for _, group in part.groupby("patient")]
        rng, drawn = np.random.default_rng(0), []
        for _ in range(_DRAWS):
            sample = pd.concat([by_patient[place] for place in rng.integers(len(by_patient), size=len(by_patient))])
            drawn.append(_auroc(sample, "quality") - _auroc(sample, "agreement"))
        low, high = np.nanquantile(drawn, (0.025, 0.975))
        rows.append(
            {"films": films, "n": len(part), "patients": len(by_patient)}
            | {"margin": _auroc(part, "quality") - _auroc(part, "agreement")}
            | {"95 % interval": f"{low:.3f} to {high:.3f}"}
        )
    return pd.DataFrame(rows)


def interval_coverage(tables: QualityTables) -> pd.DataFrame:
    """Whether nine in ten intervals hold the truth: by measurement, set, size of the value and quality of the masks."""
    measurements = tables.measurements[tables.measurements.damage == CLEAN]
    rows: list[dict[str, object]] = []
    for name, own in measurements.groupby("name"):
        rows.append({"measurement": name, "by": "all", "group": ""} | _interval_row(own))
    for name in ("cardiothoracic_ratio", "cobb_angle", "cobb_angle_aasce:main", "ccd_angle"):
        own = measurements[measurements.name == name]
        if len(own) < 30:
            continue
        if own.dataset.nunique() > 1:
            rows += [
                {"measurement": name, "by": "set", "group": s} | _interval_row(p) for s, p in own.groupby("dataset")
            ]
        size = pd.qcut(own.truth, 3, duplicates="drop")
        rows += [
            {"measurement": name, "by": "value", "group": str(s)} | _interval_row(p)
            for s, p in own.groupby(size, observed=True)
        ]
        if name == "cardiothoracic_ratio":
            rows += _by_lower_bound(name, own, tables.masks)
    return pd.DataFrame(rows)


def _by_lower_bound(name: str, measurements: pd.DataFrame, masks: pd.DataFrame) -> Iterator[dict[str, object]]:
    """The intervals' coverage in thirds by the lowest bound of the film's lungs and heart."""
    worst = vital(masks).groupby(["image", "damage"]).lower.min().rename("worst").reset_index()
    joined = measurements.merge(worst, on=["image", "damage"])
    for band, part in joined.groupby(pd.qcut(joined.worst, 3, duplicates="drop"), observed=True):
        yield {"measurement": name, "by": "lower bound", "group": str(band)} | _interval_row(part)


def _interval_row(part: pd.DataFrame) -> dict[str, object]:
    return {"n": len(part), "mean error": part.error.abs().mean()} | _coverage(part.covered)


def film_scores(tables: QualityTables) -> pd.DataFrame:
    """For each judged copy the lowest bound and Dice of its lungs and heart, and its cardiothoracic ratio's error."""
    key = ["image", "damage"]
    found = vital(tables.masks).groupby(key).agg(lower=("lower", "min"), dice=("dice", "min")).reset_index()
    ratio = tables.measurements[tables.measurements.name == "cardiothoracic_ratio"][[*key, "error"]]
    return found.merge(tables.films[[*key, "refused", "reasons"]], on=key).merge(ratio, on=key, how="left")


def _accepted_row(accepted: pd.DataFrame, total: int) -> dict[str, object]:
    errors = accepted.error.abs().dropna()
    return {
        "n": total,
        "abstained": 1 - len(accepted) / total,
        f"films with Dice < {BAD_BELOW}": int((accepted.dice < BAD_BELOW).sum()),
        "worst Dice": accepted.dice.min(),
        "ratio error, 99th percentile": float(np.quantile(errors, 0.99)) if len(errors) else float("nan"),
        f"ratio errors > {_MOST_RATIO_ERROR}": int((errors > _MOST_RATIO_ERROR).sum()),
    }


def abstention(tables: QualityTables) -> pd.DataFrame:
    """Errors of accepted films: of all, without the worst tenth by lower bound, and by the default status rules."""
    rows = []
    for films, part in _kinds(film_scores(tables)):
        kept = part.sort_values("lower").iloc[int(np.ceil(ABSTAINED * len(part))) :]
        passed = part[(part.reasons == "") & (part.lower >= DEFAULT_RULES.review_below)]
        rows += [
            {"films": films, "accepted": name} | _accepted_row(accepted, len(part))
            for name, accepted in (("all", part), ("best nine tenths", kept), ("ok by the rules", passed))
        ]
    return pd.DataFrame(rows)


def other_kinds(others: pd.DataFrame) -> pd.DataFrame:
    """The status that the chest protocol gives to films of another kind, or turned and mirrored ones."""
    rows = []
    for kind, part in others.groupby("kind", sort=False):
        shares = {status: (part.status == status).mean() for status in ("refused", "review", "ok")}
        reasons = pd.Series([r for each in part.reasons for r in each.split(";") if r]).value_counts()
        rows.append({"kind": kind, "n": len(part)} | shares | {"reasons": ", ".join(map(str, reasons.index[:3]))})
    return pd.DataFrame(rows)


def quality_tables(tables: QualityTables) -> Tables:
    """Every table under its heading."""
    masks = tables.masks
    if len(tables.films):
        yield "Telling bad masks of lungs and heart from good ones", separation(masks)
        yield "Margin of predicted Dice over the agreement of passes, in AUROC", margins(masks)
        yield "Predicted Dice of lungs and heart, and its lower bound (nominal 90 %)", bound_coverage(masks)
        yield "By kind of damage, lungs and heart", by_damage(masks, tables.unseen_damage, tables.films)
        yield "Abstention, by the lowest bound of a film's lungs and heart", abstention(tables)
    if len(tables.others):
        yield "Films of another kind, shown to the chest protocol", other_kinds(tables.others)
    if len(masks):
        yield "By structure", by_structure(masks)
    yield "Intervals (nominal 90 %)", interval_coverage(tables)
