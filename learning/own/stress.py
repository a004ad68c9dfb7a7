"""``radcaliper stress``: what becomes of masks, numbers, refusals and coverage as films get worse."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track

from radcaliper.learning.datasets.own_films import LabelledOwnFilm, NoFilms, open_own_films
from radcaliper.learning.film_with_masks import FilmWithMasks
from radcaliper.learning.own.judging import JudgedFilm, JudgedTables, Question, judge_film
from radcaliper.learning.own.stresses import STRESSES, Stress
from radcaliper.learning.tables import as_table
from radcaliper.measurements.types import Radiograph
from radcaliper.models.inference.normalize import normalize_grey
from radcaliper.pipelines.protocols.registry import EVERY_PROTOCOL

NONE: Final = "none"
_COLUMNS: Final = 4
_SEED: Final = 20


def _judged(film: LabelledOwnFilm, stress: Stress | None, level: float, question: Question) -> JudgedFilm:
    content = FilmWithMasks(normalize_grey(film.film.pixels), film.masks)
    if stress is not None:
        place = STRESSES.index(stress)
        content = stress.apply(content, level, np.random.default_rng((_SEED, place, int(1000 * level))))
    seen = {name: mask for name, mask in content.masks.items() if mask.any()}
    pixels = np.ascontiguousarray(content.grey, dtype=np.float32)
    return judge_film(replace(film, film=Radiograph(pixels), masks=seen), {}, question)[0]


def _steps(film: LabelledOwnFilm, chosen: Sequence[Stress]) -> Iterator[tuple[Stress | None, float]]:
    yield None, 0.0
    for stress in chosen:
        if set(stress.needs) <= film.masks.keys():
            yield from ((stress, level) for level in stress.levels)


def _main_numbers(tables: JudgedTables) -> pd.DataFrame:
    """The numbers that a protocol is asked for first."""
    mains = {protocol.main for protocol in EVERY_PROTOCOL.values()}
    numbers = tables.numbers
    return numbers[numbers.measurement.isin(mains)] if len(numbers) else numbers


def figures_of(films: Sequence[JudgedFilm]) -> dict[str, float]:
    """The figures of the films at one level of one stress."""
    tables, count = JudgedTables.of(list(films)), len(films)
    figures = {"films": float(count)}
    figures |= {status: float((tables.films.status == status).mean()) for status in ("ok", "review", "refused")}
    if len(tables.masks):
        figures["Dice"] = float(tables.masks.dice.mean())
        figures["predicted Dice"] = float(tables.masks.quality.mean())
        figures["masks above their bound"] = float((tables.masks.dice >= tables.masks.lower).mean())
        figures |= {f"Dice {name}": float(own.dice.mean()) for name, own in tables.masks.groupby("structure")}
    if len(tables.numbers):
        figures["numbers refused"] = float(tables.numbers.value.isna().mean())
        figures["numbers within their interval"] = float(tables.numbers.covered.mean())
        for name, own in _main_numbers(tables).groupby("measurement"):
            figures[f"error {name}"] = float(own.error.abs().mean())
    return figures


def stressed(films: Sequence[LabelledOwnFilm], chosen: Sequence[Stress], question: Question) -> pd.DataFrame:
    """A row for each stress, level and figure: ``stress, level, figure, value``; ``none`` is the films as they are."""
    found: dict[tuple[str, float], list[JudgedFilm]] = {}
    work = [(film, stress, level) for film in films for stress, level in _steps(film, chosen)]
    for film, stress, level in track(work, "stressing", console=Console(stderr=True)):
        name = NONE if stress is None else stress.name
        found.setdefault((name, level), []).append(_judged(film, stress, level, question))
    return pd.DataFrame(
        {"stress": name, "level": level, "figure": figure, "value": round(value, 4)}
        for (name, level), judged in found.items()
        for figure, value in figures_of(judged).items()
    )


_CURVES: Final = (
    ("Dice", "#0b5394", "-"),
    ("predicted Dice", "#0b5394", ":"),
    ("numbers within their interval", "#38761d", "-"),
    ("refused", "#cc0000", "-"),
    ("review", "#e69138", "--"),
)


def _draw_panel(axes: Any, rows: pd.DataFrame, before: pd.Series, stress: Stress) -> None:
    places = range(len(stress.levels) + 1)
    for figure, colour, style in _CURVES:
        own = rows[rows.figure == figure].set_index("level").value
        values = [before.get(figure, np.nan), *(own.get(level, np.nan) for level in stress.levels)]
        axes.plot(places, values, style, color=colour, marker=".", label=figure)
    axes.set_xticks(places, ["none", *(f"{level:g}" for level in stress.levels)], fontsize=8)
    axes.set(title=stress.name, ylim=(-0.03, 1.03))
    axes.set_xlabel(stress.level, fontsize=8)


def draw_stress(table: pd.DataFrame, output: Path, title: str) -> None:
    """The curves of every stress, a panel each, as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = [stress for stress in STRESSES if (table.stress == stress.name).any()]
    rows = -(-len(shown) // _COLUMNS)
    figure = Figure(figsize=(3.4 * _COLUMNS, 2.7 * rows + 0.6), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(rows, _COLUMNS, squeeze=False, sharey=True).ravel()
    before = table[table.stress == NONE].set_index("figure").value
    for axes, stress in zip(panels, shown, strict=False):
        _draw_panel(axes, table[table.stress == stress.name], before, stress)
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False, fontsize=9)
    figure.suptitle(title, fontsize=11)
    figure.savefig(output, dpi=80)


@dataclass(frozen=True)
class StressPlan:
    """Which stresses, on how many films (None: all), measured how."""

    stresses: tuple[Stress, ...] = STRESSES
    limit: int | None = None
    question: Question = field(default_factory=Question)


def stress_films(data: Path, output: Path, plan: StressPlan, tell: Callable[[str], None]) -> None:
    """Stress the films of DATA, print the figures, and write ``stress.csv`` and ``stress.png``. Raises NoFilms."""
    folder = open_own_films(data)
    films = list(islice(folder.read(), plan.limit))
    for problem in folder.problems:
        tell(problem)
    if not films:
        raise NoFilms(f"{data}: no film could be read with a mask")
    output.mkdir(parents=True, exist_ok=True)
    table = stressed(films, plan.stresses, plan.question)
    table.to_csv(output / "stress.csv", index=False)
    draw_stress(table, output / "stress.png", f"{len(films)} films of {data.resolve().name}")
    shown = table[table.figure.isin([name for name, _, _ in _CURVES])]
    wide = shown.pivot(index=["stress", "level"], columns="figure", values="value")
    order = table[["stress", "level"]].drop_duplicates()
    Console(width=150).print(as_table(order.merge(wide.reset_index(), on=["stress", "level"])))
