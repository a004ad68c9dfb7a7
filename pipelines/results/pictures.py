"""A film's masks and overlay on disk: prepared first, shown once the film's rows are saved."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from uuid import uuid4

from radcaliper.pipelines.results.files import remove_files
from radcaliper.pipelines.results.names import mask_folder, overlay_place, thumbnail_place

_PARTS: Final = ".parts"
_MASK_KINDS: Final = (".png", ".json", ".dcm")


def clear_parts(out: Path) -> None:
    """Remove what a run that was killed had prepared."""
    shutil.rmtree(out / _PARTS, ignore_errors=True)


class PreparedPictures:
    """Files that lie ready beside their places, which they take in one step each; ``content`` is by place below OUT.

    Raises OSError where they cannot be written; nothing of them is left then.
    """

    def __init__(self, out: Path, content: Mapping[str, bytes]) -> None:
        self._out = out
        self._ready: dict[str, Path] = {}
        try:
            for place, data in content.items():
                (out / place).parent.mkdir(parents=True, exist_ok=True)
                self._ready[place] = part = out / _PARTS / uuid4().hex
                part.parent.mkdir(exist_ok=True)
                part.write_bytes(data)
        except OSError:
            self.drop()
            raise

    def show(self) -> None:
        """Put every file in its place."""
        for folder in {(self._out / place).parent for place in self._ready}:
            folder.mkdir(parents=True, exist_ok=True)  # it may have gone with the former pictures
        for place, part in self._ready.items():
            os.replace(part, self._out / place)
        self._ready.clear()

    def drop(self) -> None:
        """Remove what was prepared and is not in its place."""
        for part in self._ready.values():
            part.unlink(missing_ok=True)
        self._ready.clear()


def pictures_of(out: Path, image: str) -> list[str]:
    """The masks and overlay that lie there for a film, by their places; not those of films in folders below."""
    folder = out / mask_folder(image)
    masks = [entry.name for entry in os.scandir(folder) if entry.is_file()] if folder.is_dir() else []
    found = [f"{mask_folder(image)}/{name}" for name in masks if name.endswith(_MASK_KINDS)]
    return [*found, *(place for place in (overlay_place(image), thumbnail_place(image)) if (out / place).is_file())]


def remove_pictures(out: Path, image: str) -> None:
    """Remove a film's masks and overlay, of whatever format; those of other films stay."""
    remove_files(out, pictures_of(out, image))


def are_there(out: Path, places: Sequence[str]) -> bool:
    """Whether all files that were written for a film are still there."""
    return all(map(os.path.isfile, (os.path.join(out, place) for place in places)))  # noqa: PTH118  quick
