"""napari's reader: opens radiographs, and of a results folder the film that most needs a review."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from radcaliper.napari_plugin.film_layer import film_layer
from radcaliper.napari_plugin.result_layers import layers_of
from radcaliper.pipelines.reading import is_candidate, read_radiograph
from radcaliper.pipelines.results.ownership import is_results_folder
from radcaliper.pipelines.review.folder import CannotReview, ResultsFolder
from radcaliper.pipelines.review.remeasure import remeasure
from radcaliper.pipelines.review.worklist import Filter, Order, filter_and_sort

if TYPE_CHECKING:
    from napari.types import FullLayerData

Read = Callable[[object], "list[FullLayerData]"]


def get_reader(path: str | list[str]) -> Read | None:
    """The function that reads one path, or several; None where a path is neither a film nor a results folder."""
    paths = [Path(each) for each in ([path] if isinstance(path, str) else path)]
    if len(paths) == 1 and is_results_folder(paths[0]):
        return partial(_read_results, paths[0])
    if all(each.is_file() and is_candidate(each) for each in paths):
        return partial(_read_films, paths)
    return None


def _read_films(paths: list[Path], _: object) -> list[FullLayerData]:
    return [film_layer(read_radiograph(path), path.name, path) for path in paths]


def _read_results(path: Path, _: object) -> list[FullLayerData]:
    """The layers of the unsigned film of lowest quality; when all are signed, of the film of lowest quality."""
    folder = ResultsFolder(path)
    films = filter_and_sort(folder.worklist(), Filter(), Order.QUALITY)
    worst = next((item for item in films if not item.done), films[0] if films else None)
    if worst is None:
        raise CannotReview(f"{path} holds no films")
    film = folder.open_film(worst.image, reviewer="")
    return layers_of(film.analysis, film.edits, remeasure(film.analysis, film.edits), path)
