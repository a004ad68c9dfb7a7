"""``radcaliper review``: the one command that opens a window, and so the one that needs the viewer."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer


def review(out: Annotated[Path, typer.Argument(metavar="OUT", help="A results folder.")]) -> None:
    """Open a results folder in the viewer: look through the films, correct and sign them."""
    from radcaliper.pipelines.results.ownership import is_results_folder

    if not is_results_folder(out):
        typer.echo(f"radcaliper: {out} holds no results: measure films into it first", err=True)
        raise typer.Exit(2)
    if find_spec("napari") is None:
        typer.echo('radcaliper: the viewer is not installed: pip install "radcaliper[napari]"', err=True)
        raise typer.Exit(2)
    from radcaliper.napari_plugin.window import review_folder

    review_folder(out)
