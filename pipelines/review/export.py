"""Writes the files of a results folder that a review changes, from its database."""

from __future__ import annotations

from contextlib import closing

from radcaliper.pipelines.results.corrected import write_corrected, write_corrected_masks
from radcaliper.pipelines.results.masks import encoded_mask
from radcaliper.pipelines.results.store import ResultStore
from radcaliper.pipelines.results.tables import write_tables
from radcaliper.pipelines.review.folder import ResultsFolder
from radcaliper.pipelines.review.journal import Decision, Review


def write_reviewed_masks(folder: ResultsFolder, review: Review) -> None:
    """Replace ``corrected/masks/<image>/<structure>.png``; only a corrected film has such masks."""
    corrected = review.edits.masks if review.decision is Decision.CORRECTED else {}
    masks = {structure: encoded_mask(mask) for structure, mask in corrected.items()}
    write_corrected_masks(folder.path, review.image, masks)


def write_reviewed_tables(folder: ResultsFolder) -> None:
    """Write the four tables with their corrections, and ``corrected/``."""
    with closing(ResultStore(folder.database)) as store:
        write_tables(store, folder.path)
        write_corrected(store, folder.path)
