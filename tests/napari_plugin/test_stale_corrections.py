"""What the review window says of a correction that no longer belongs to what stands there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from radcaliper.measurements.types import Status
from radcaliper.pipelines.review.folder import ResultsFolder
from radcaliper.pipelines.review.journal import Decision
from radcaliper.pipelines.review.worklist import WorkItem


def test_a_stale_film_is_marked_and_not_ticked_off() -> None:
    from radcaliper.napari_plugin.tables import worklist_row

    item = WorkItem("a", Status.OK, decision=Decision.CORRECTED)
    assert "corrected" in worklist_row(item).cells[3]
    assert worklist_row(replace(item, stale=True)).cells[3].endswith("stale")


def test_an_opened_film_says_what_was_signed_on_another_file(qtbot: Any, results: Path) -> None:
    from radcaliper.napari_plugin.film_panel import FilmPanel

    film = ResultsFolder(results).open_film("chest.png", "Ada")
    panel = FilmPanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.show_film(replace(film, stale="stale_correction: Ada corrected another file"), ())
    assert "Ada corrected another file" in panel.headline.text()
    panel.show_film(film, ())
    assert "stale" not in panel.headline.text()
