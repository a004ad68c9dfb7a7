"""``radcaliper evaluate`` on films of the user's own: figures, plots, worst films, one HTML page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import track

from radcaliper.learning.datasets.own_films import NoFilms, OwnFolder
from radcaliper.learning.own.figures import (
    dice_table,
    film_table,
    number_table,
    subgroup_table,
    worst_films,
)
from radcaliper.learning.own.judging import JudgedFilm, JudgedTables, Question, TrueNumbers, judge_film, open_to_judge
from radcaliper.learning.own.page import Page, Section, picture_of
from radcaliper.learning.own.plots import all_plots
from radcaliper.learning.tables import as_table

_WORST: Final = 6
PAGE: Final = "evaluation.html"


def judged_films(folder: OwnFolder, numbers: TrueNumbers, question: Question) -> Iterator[JudgedFilm]:
    """Every film that can be read, measured and judged; a bar is shown on stderr."""
    films = folder.read_all() if numbers.of_film else folder.read()
    for labelled in track(films, "judging", total=len(folder.films), console=Console(stderr=True)):
        yield judge_film(labelled, numbers.of(labelled.source), question)[0]


@dataclass(frozen=True, eq=False)
class Evaluated:
    """A folder of films and what came out of judging them."""

    folder: OwnFolder
    numbers: TrueNumbers
    question: Question
    films: tuple[JudgedFilm, ...]

    @cached_property
    def tables(self) -> JudgedTables:
        """All that was judged, as tables."""
        return JudgedTables.of(list(self.films))

    def pictures(self, names: list[str]) -> dict[str, bytes]:
        """The overlays of some films, measured once more."""
        chosen = tuple(film for film in self.folder.films if film.name in names)
        pictures = {}
        for labelled in OwnFolder(self.folder.data, chosen, self.folder.labels).read_all():
            _, analysis, masks = judge_film(labelled, self.numbers.of(labelled.source), self.question)
            pictures[labelled.source.name] = picture_of(analysis, masks)
        return {name: pictures[name] for name in names if name in pictures}


def _sections(tables: JudgedTables) -> list[Section]:
    drawn = "In brackets the 95 % interval of the mean, patients drawn anew 2000 times."
    return [
        Section("Films", "Refused films have no masks and no numbers, and are in no other table.", film_table(tables)),
        Section("Masks", drawn, dice_table(tables)),
        Section(
            "Numbers",
            f"{drawn} Limits of agreement after Bland and Altman. Whether the 90 % intervals hold: the share that has"
            " the truth within, with its binomial 95 % interval.",
            number_table(tables),
        ),
        Section("Subgroups", "By what manifest.csv says of view, sex and age.", subgroup_table(tables)),
    ]


def verdicts(tables: JudgedTables) -> list[str]:
    """Which of the intervals hold on these films, in sentences."""
    table = number_table(tables)
    if "90 % interval" not in table:
        return []
    names = [" ".join(filter(None, (row.measurement, row.site))) for row in table.itertuples()]
    words = table["90 % interval"].fillna("")
    held = [name for name, each in zip(names, words, strict=True) if each.endswith(": holds")]
    unsure = [name for name, each in zip(names, words, strict=True) if each.endswith("unsure")]
    broken = [name for name, each in zip(names, words, strict=True) if each.endswith("NOT hold")]
    lines = [f"The 90 % intervals hold on these films for: {', '.join(held)}."] if held else []
    if unsure:
        lines.append(f"Fewer than nine in ten, but of too few films to say that they do not hold: {', '.join(unsure)}.")
    if broken:
        lines.append(
            f"They do NOT hold for: {', '.join(broken)}. `radcaliper calibrate DATA -o FILE` makes intervals that do."
        )
    return lines


def judge_folder(data: Path, question: Question) -> Evaluated:
    """Measure and judge the films of DATA. Raises NoFilms for a folder of another kind, BrokenBundle."""
    folder, numbers = open_to_judge(data)
    films = tuple(judged_films(folder, numbers, question))
    if not films:
        raise NoFilms(f"{data}: no film could be judged: {'; '.join(folder.problems[:3])}")
    return Evaluated(folder, numbers, question, films)


def evaluate_own(data: Path, question: Question, figures: Path | None, tell: Callable[[str], None]) -> Evaluated:
    """Judge the films of DATA, print the tables, and with ``figures`` write them, the plots and the page there.

    Raises NoFilms for a folder that holds no films with masks or numbers, BrokenBundle.
    """
    evaluated = judge_folder(data, question)
    for problem in evaluated.folder.problems:
        tell(problem)
    console = Console(width=200)
    for section in _sections(evaluated.tables):
        if len(section.table):
            console.print(f"\n{section.heading}", style="bold")
            console.print(as_table(section.table))
    for line in verdicts(evaluated.tables):
        console.print(line, highlight=False)
    if figures is not None:
        _write(evaluated, figures)
    return evaluated


def _write(evaluated: Evaluated, figures: Path) -> None:
    figures.mkdir(parents=True, exist_ok=True)
    tables, data = evaluated.tables, evaluated.folder.data
    sections = _sections(tables)
    for section in sections:
        section.table.to_csv(figures / f"{section.heading.lower()}.csv", index=False)
    tables.masks.to_csv(figures / "each_mask.csv", index=False)
    tables.numbers.to_csv(figures / "each_number.csv", index=False)
    plots = dict(all_plots(tables)) if find_spec("matplotlib") is not None else {}
    for name, content in plots.items():
        (figures / f"{name}.png").write_bytes(content)
    models = sorted({word for film in evaluated.films for word in film.model.split()})
    page = Page(
        f"Films of {data.resolve().name}",
        f"radcaliper {version('radcaliper')}, {date.today().isoformat()}; weights: {', '.join(models)}. Research; not a"
        " medical device.",
        verdicts(tables),
        sections,
        plots,
        evaluated.pictures(worst_films(tables, _WORST)),
        evaluated.folder.problems,
    )
    (figures / PAGE).write_text(page.html(), encoding="utf-8")
