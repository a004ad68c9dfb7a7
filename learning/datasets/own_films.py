"""A folder of films and masks of the user's own.

    DATA/images/NAME.dcm                 films of any kind that radcaliper reads
    DATA/masks/STRUCTURE/NAME.png        a mask of the film's size for each structure (PNG, TIFF, NIfTI, NRRD, ...)
    DATA/masks/NAME.nii.gz               or a label map a film, with DATA/labels.csv (value, structure), or a DICOM SEG
    DATA/manifest.csv                    if there is one: image, patient, and what else is known (view, sex, age)

What is wrong with a row is told in a line, and the row is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pandas as pd

from radcaliper.learning.datasets.mask_files import (
    PICTURES,
    SEGMENTATIONS,
    VOLUMES,
    BadMask,
    has_extension,
    read_label_map,
    read_labels,
    read_mask,
    stem_of,
    structure_name,
)
from radcaliper.measurements.types import Mask, Radiograph
from radcaliper.pipelines.reading import NotARadiograph, UnreadableFilm, read_radiograph
from radcaliper.pipelines.reading.file_frame import masks_from_file

_MASKS: Final = PICTURES + VOLUMES + SEGMENTATIONS
EXPECTED: Final = (
    "expected DATA/images/ with films, and DATA/masks/STRUCTURE/NAME.png (or a label map or DICOM SEG a film,"
    " DATA/masks/NAME.nii.gz, with DATA/labels.csv), or DATA/truth.csv (image, measurement, site, value);"
    " DATA/manifest.csv (image, patient, ...) if patients have several films"
)


class NoFilms(ValueError):
    """A folder that does not hold what is expected; the message says what is."""


@dataclass(frozen=True)
class OwnFilm:
    """One film of the folder: its name, its files, whose it is, and what the manifest says of it.

    ``masks`` holds a mask file by structure, ``label_map`` a file with the masks of several.
    """

    name: str
    path: Path
    patient: str
    facts: Mapping[str, str] = field(default_factory=dict)
    masks: Mapping[str, Path] = field(default_factory=dict)
    label_map: Path | None = None


@dataclass(frozen=True, eq=False)
class LabelledOwnFilm:
    """A film that was read, with its masks on the film's own pixels; what is not among them is not labelled."""

    source: OwnFilm
    film: Radiograph
    masks: dict[str, Mask]


@dataclass
class OwnFolder:
    """A folder of films and masks; ``problems`` grows as films are read."""

    data: Path
    films: tuple[OwnFilm, ...]
    labels: Mapping[int, str]
    problems: list[str] = field(default_factory=list)

    def read(self) -> Iterator[LabelledOwnFilm]:
        """Every film that can be read and has a mask that can be used; what is wrong becomes a problem."""
        yield from (labelled for labelled in self.read_all() if labelled.masks)

    def read_all(self) -> Iterator[LabelledOwnFilm]:
        """Every film that can be read, also without a mask that can be used; what is wrong becomes a problem."""
        yield from filter(None, map(self._labelled, self.films))

    def _labelled(self, source: OwnFilm) -> LabelledOwnFilm | None:
        try:
            film = read_radiograph(source.path)
        except (UnreadableFilm, NotARadiograph) as error:
            self.problems.append(f"{self._place(source.path)}: left out: {error}")
            return None
        height, width = film.on_file.file_shape
        masks = {}
        for name, (path, mask) in self._masks(source).items():
            if mask.shape != (height, width):
                size = f"{mask.shape[0]} x {mask.shape[1]}"
                self.problems.append(f"{self._place(path)}: left out: {size} pixels, its film {height} x {width}")
            elif not mask.any():
                self.problems.append(f"{self._place(path)}: left out: {name} is empty")
            else:
                masks[name] = mask
        return LabelledOwnFilm(source, film, masks_from_file(masks, film.on_file))

    def _masks(self, source: OwnFilm) -> dict[str, tuple[Path, Mask]]:
        """The masks of a film on its file's pixels, each with its file."""
        found: dict[str, tuple[Path, Mask]] = {}
        try:
            if source.label_map is not None:
                masks = read_label_map(source.label_map, self.labels)
                found |= {name: (source.label_map, mask) for name, mask in masks.items()}
        except BadMask as error:
            self.problems.append(f"left out: {error}")
        for name, path in source.masks.items():
            try:
                found[name] = (path, read_mask(path))
            except BadMask as error:
                self.problems.append(f"left out: {error}")
        return found

    def _place(self, path: Path) -> str:
        return path.relative_to(self.data).as_posix()


def _by_stem(folder: Path, extensions: tuple[str, ...] | None) -> dict[str, Path]:
    """The files below a folder by their place without extension."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("."))
    wanted = (path for path in files if extensions is None or has_extension(path, extensions))
    return {(path.relative_to(folder).parent / stem_of(path)).as_posix(): path for path in wanted}


def _manifest(data: Path) -> dict[str, dict[str, str]]:
    """By image, the row of the manifest; empty without one. Raises NoFilms for one without a column ``image``."""
    path = data / "manifest.csv"
    if not path.is_file():
        return {}
    try:
        table = pd.read_csv(path, keep_default_na=False, dtype=str)
    except (ValueError, OSError) as error:
        raise NoFilms(f"{path} is no readable table: {error}") from error
    if "image" not in table.columns:
        raise NoFilms(f"{path}: a column image is missing; there are {', '.join(map(str, table.columns))}")
    rows = ({str(key): str(value) for key, value in row.items()} for row in table.to_dict("records"))
    return {row.pop("image"): row for row in rows}


def _names(path: Path, images: Path) -> tuple[str, str, str]:
    """What a manifest may call a film: its place below DATA, below images/, and that without its extension."""
    place = path.relative_to(images)
    return f"{images.name}/{place.as_posix()}", place.as_posix(), (place.parent / stem_of(path)).as_posix()


def _fact_row(manifest: Mapping[str, dict[str, str]], path: Path, images: Path) -> dict[str, str]:
    """The manifest's row of a film."""
    return next((manifest[name] for name in _names(path, images) if name in manifest), {})


def open_own_films(data: Path, *, needs_masks: bool = True) -> OwnFolder:
    """Find the films and masks of a folder, and say what does not fit. Raises NoFilms for a folder of another kind."""
    images, masks = data / "images", data / "masks"
    if not images.is_dir() or (needs_masks and not masks.is_dir()):
        raise NoFilms(f"{data}: {EXPECTED}")
    films, manifest, problems = _by_stem(images, None), _manifest(data), []
    try:
        labels = read_labels(data)
        folders = {structure_name(each.name): each for each in sorted(masks.glob("*")) if each.is_dir()}
    except BadMask as error:
        raise NoFilms(str(error)) from error
    of_structure = {name: _by_stem(folder, _MASKS) for name, folder in folders.items()}
    label_maps = {path.name: path for path in sorted(masks.glob("*")) if path.is_file()}
    maps = {stem_of(path): path for path in label_maps.values() if has_extension(path, _MASKS)}
    found = []
    for stem, path in films.items():
        row = _fact_row(manifest, path, images)
        own = {name: files[stem] for name, files in of_structure.items() if stem in files}
        film = OwnFilm(path.relative_to(data).as_posix(), path, row.get("patient") or stem, row, own, maps.get(stem))
        if own or film.label_map is not None or not needs_masks:
            found.append(film)
        else:
            problems.append(f"{film.name}: left out: it has no mask")
    for name, files in {**of_structure, "": maps}.items():
        alone = (f"{name}/{stem}".lstrip("/") for stem in files if stem not in films)
        problems += [f"masks/{place}: left out: no film" for place in alone]
    known = {name for path in films.values() for name in _names(path, images)}
    problems += [f"manifest.csv: {image}: no such film" for image in manifest if image not in known]
    if not found:
        raise NoFilms(f"{data}: no film has a mask; {EXPECTED}")
    return OwnFolder(data, tuple(found), labels, problems)
