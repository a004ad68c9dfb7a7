"""All files that are written from the database of a results folder, at once."""

from __future__ import annotations

from radcaliper.pipelines.results.corrected import write_corrected
from radcaliper.pipelines.results.report import write_report
from radcaliper.pipelines.results.stored import StoredResults
from radcaliper.pipelines.results.tables import write_tables


def write_outputs(results: StoredResults) -> None:
    """The four tables, run.json, ``corrected/`` and report.html."""
    write_tables(results.store, results.out)
    write_corrected(results.store, results.out)
    write_report(results)
