"""Writes the files of a results folder that a review changes, from its database."""

from __future__ import annotations

from contextlib import closing

from radcaliper.measurements.region import Region
from radcaliper.pipelines.results.corrected import write_corrected, write_corrected_masks
from radcaliper.pipelines.results.png import encoded_mask
from radcaliper.pipelines.results.store import ResultStore
from radcaliper.pipelines.results.tables import write_tables
from radcaliper.pipelines.review.folder import OpenFilm, ResultsFolder
from radcaliper.pipelines.review.journal import Decision


def write_reviewed_masks(folder: ResultsFolder, film: OpenFilm) -> None:
    """Replace ``corrected/masks/<image>/<structure>.png`` of a signed film, on the pixels of its file.

    Only a corrected film has such masks.
    """
    masks: dict[str, bytes] = {}
    if film.signed is not None and film.signed.decision is Decision.CORRECTED:
        edits = film.signed.edits.on_file(film.analysis.radiograph.on_file)
        masks = {structure: encoded_mask(Region.of(mask)) for structure, mask in edits.masks.items()}
    write_corrected_masks(folder.path, film.analysis.image, masks)


def write_reviewed_tables(folder: ResultsFolder) -> None:
    """Write the four tables with their corrections, and ``corrected/``."""
    with closing(ResultStore(folder.database)) as store:
        write_tables(store, folder.path)
        write_corrected(store, folder.path)
