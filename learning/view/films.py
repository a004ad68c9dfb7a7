"""Every film that the view recogniser learns from or is judged on, with its view and its patient's fold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from radcaliper.learning.datasets.chest import read_manifest
from radcaliper.learning.datasets.spine import SpineFilm, aasce_films, read_grey
from radcaliper.learning.datasets.split import fold_of
from radcaliper.models.inference.arrays import Grey
from radcaliper.models.inference.normalize import normalize_grey
from radcaliper.pipelines.reading import read_radiograph

Reader = Callable[[np.random.Generator], Grey]
"""Gives the film (H, W) in [0, 1]; films that are simulated or cut come out a little different each time."""
ALWAYS_TRAINED: Final = -1
"""The fold of films of which nothing is judged."""
THORACIC, LUMBAR = (0, 12), (10, 17)
"""First and last vertebra of the parts of a spine, T1 being 0."""
AP_HIPS_AMONG_OTHERS: Final = ("bb0201", "bb0239", "bb0579", "bb0988")
"""Films of other_views that show one hip from the front, by sight: neither trained on nor counted as other."""
_OTHER_KINDS: Final = {
    "lateral_chest": "lateral_chest",
    "lateral_spine": "lateral_spine",
    "lateral_lumbar": "lateral_spine",
    "infant_pelvis": "infant_pelvis",
}
_HIP_KINDS: Final = {
    "ap_pelvis": "ap_pelvis",
    "ap_pelvis (with femora)": "ap_pelvis",
    "ap_hip_right": "ap_hip_right",
    "ap_hip_left": "ap_hip_left",
    "frog-leg/lateral": "frog_lateral",
}
"""By the second reading, which names the side; what is read as oblique is left out."""
_NEAR_COPIES: Final = {"figure1_092": "figure1_088", "figure1_107": "00000005"}


@dataclass(frozen=True)
class ViewFilm:
    """One film: its name, the set it is of, its kind among KINDS, its patient's fold, and how it is read.

    ``path`` is the file where the film is one as it is.
    """

    name: str
    dataset: str
    kind: str
    fold: int
    read: Reader
    path: Path | None = None


def _file(path: Path) -> Reader:
    def read(_rng: np.random.Generator) -> Grey:
        return read_grey(path)

    return read


def chests(data: Path) -> Iterator[ViewFilm]:
    """Frontal chests of every set, labelled or not."""
    for row in read_manifest(data).itertuples():
        image = str(row.image)
        yield ViewFilm(image, str(row.source), "frontal_chest", fold_of(str(row.patient_group)), _file(data / image))
    for folder in ("picc/images", "unlabelled/nih14_sample", "unlabelled/covidnet_cxr"):
        for path in sorted((data / "chest" / folder).glob("*.jpg")):
            stem = path.stem[:8] if "nih14" in folder else path.stem
            group = _NEAR_COPIES.get(path.stem, stem)
            yield ViewFilm(
                str(path.relative_to(data)), folder.split("/")[0], "frontal_chest", fold_of(group), _file(path)
            )


def _part_of_spine(film: SpineFilm, vertebrae: tuple[int, int]) -> Reader:
    """Only these vertebrae, with about one more at either end, and at most 0.8 times as wide as high."""
    first, last = vertebrae
    places = film.corners[first:last].reshape(-1, 2)
    (top, left), (bottom, right) = places.min(axis=0), places.max(axis=0)

    def read(rng: np.random.Generator) -> Grey:
        height, (rows, cols) = bottom - top, film.grey.shape
        begin, end = top - rng.uniform(0, 0.15) * height, bottom + rng.uniform(0, 0.15) * height
        half = max(0.5 * rng.uniform(0.45, 0.8) * (end - begin), 0.55 * (right - left))
        middle = (left + right) / 2
        part = film.grey[
            max(0, int(begin)) : min(rows, int(end)), max(0, int(middle - half)) : min(cols, int(middle + half))
        ]
        return normalize_grey(np.ascontiguousarray(part))

    return read


def whole_spines(data: Path) -> Iterator[ViewFilm]:
    """AASCE films and Fraiwan's films, which are squashed."""
    table = pd.read_csv(data / "spine" / "aasce" / "landmarks.csv", usecols=["image", "patient_group"], dtype=str)
    for row in table.itertuples():
        name = str(row.image)
        yield ViewFilm(name, "aasce", "ap_spine_whole", fold_of(str(row.patient_group)), _file(data / name))
    for path in sorted((data / "spine" / "fraiwan" / "images").glob("*.jpg")):
        name = str(path.relative_to(data))
        yield ViewFilm(name, "fraiwan", "ap_spine_whole", fold_of(path.stem), _unsquashed(path))


def generated_spines(data: Path) -> Iterator[ViewFilm]:
    """The generated films; each is its own patient."""
    table = pd.read_csv(data / "spine" / "spinal_ai2024" / "landmarks.csv", usecols=["image"], dtype=str)
    for name in table.image:
        yield ViewFilm(name, "spinal_ai2024", "ap_spine_whole", fold_of(name), _file(data / name))


def parts_of_spines(data: Path) -> Iterator[ViewFilm]:
    """Thoracic and lumbar spines cut out of the AASCE films."""
    for film in aasce_films(data):
        yield ViewFilm(film.name, "aasce_part", "ap_spine_thoracic", film.fold, _part_of_spine(film, THORACIC))
        yield ViewFilm(film.name, "aasce_part", "ap_spine_lumbar", film.fold, _part_of_spine(film, LUMBAR))


def _unsquashed(path: Path) -> Reader:
    """A square film as it is or up to its true height, about twice its width."""

    def read(rng: np.random.Generator) -> Grey:
        grey = read_grey(path)
        return grey[:, :: 2 if rng.random() < 0.5 else 1]

    return read


def others(data: Path) -> Iterator[ViewFilm]:
    """Films that are neither a frontal chest nor an AP spine or adult hip."""
    folder = data / "other_views"
    for row in pd.read_csv(folder / "films.csv", dtype=str).itertuples():
        if Path(str(row.image)).stem not in AP_HIPS_AMONG_OTHERS:
            kind = _OTHER_KINDS.get(str(row.kind), "other")
            path = folder / "images" / str(row.image)
            fold = fold_of(str(row.patient_group))
            yield ViewFilm(f"other_views/{row.image}", str(row.kind), kind, fold, _file(path), path)


def _dicom(path: Path) -> Reader:
    def read(_rng: np.random.Generator) -> Grey:
        return normalize_grey(read_radiograph(path).pixels)

    return read


def hips(data: Path) -> Iterator[ViewFilm]:
    """Real films of hips and pelves, adolescents among them."""
    folder = data / "hip" / "real_bonebreak"
    for row in pd.read_csv(folder / "films.csv", dtype=str).itertuples():
        kind = _HIP_KINDS.get(str(row.view_b))
        if kind is not None:
            path = folder / "images" / str(row.image)
            fold = fold_of(str(row.patient_group))
            yield ViewFilm(f"hip/{row.image}", "real_bonebreak", kind, fold, _file(path), path)
    pelvis = data / "hip" / "real" / "pelvis_ap_unlabelled.jpg"
    yield ViewFilm("hip/pelvis_ap_unlabelled.jpg", "hip_real", "ap_pelvis", fold_of(pelvis.stem), _file(pelvis))


def dicom_films(data: Path) -> Iterator[ViewFilm]:
    """The two DICOM films."""
    for name, kind in (("chest_pa_cr.dcm", "frontal_chest"), ("hip_frog_lateral_nema_rg2.dcm", "frog_lateral")):
        path = data / "dicom" / name
        yield ViewFilm(f"dicom/{name}", "dicom", kind, fold_of(path.stem), _dicom(path), path)


def _half(film: ViewFilm, side: str) -> Reader:
    """One side of an AP pelvis: the patient's right is the image's left."""

    def read(rng: np.random.Generator) -> Grey:
        grey = film.read(rng)
        width = grey.shape[1]
        reach = int(width * rng.uniform(0.42, 0.58))
        begin = int(width * rng.uniform(0, 0.06))
        columns = slice(begin, reach) if side == "right" else slice(width - reach, width - begin)
        rows = slice(int(grey.shape[0] * rng.uniform(0.1, 0.4)), grey.shape[0])
        return normalize_grey(np.ascontiguousarray(grey[rows, columns]))

    return read


def halves_of_pelves(films: Iterator[ViewFilm]) -> Iterator[ViewFilm]:
    """Single hips cut out of films of both."""
    for film in films:
        if film.kind == "ap_pelvis":
            for side in ("right", "left"):
                yield ViewFilm(film.name, "half_pelvis", f"ap_hip_{side}", film.fold, _half(film, side))


def _corner(film: ViewFilm) -> Reader:
    """A quarter or less of a chest, from one of its upper corners or sides: a shoulder, or ribs."""

    def read(rng: np.random.Generator) -> Grey:
        grey = film.read(rng)
        height, width = grey.shape
        rows = slice(0, int(rng.uniform(0.3, 0.5) * height))
        across = int(rng.uniform(0.25, 0.4) * width)
        columns = slice(0, across) if rng.random() < 0.5 else slice(width - across, width)
        return normalize_grey(np.ascontiguousarray(grey[rows, columns]))

    return read


def shoulders_of_chests(films: Iterator[ViewFilm]) -> Iterator[ViewFilm]:
    """Upper corners of chests: other films."""
    for film in films:
        yield ViewFilm(film.name, "corner_of_chest", "other", film.fold, _corner(film))


def real_films(data: Path) -> Iterator[ViewFilm]:
    """Every real film under ``data``, each once."""
    for source in (chests, whole_spines, others, hips, dicom_films):
        yield from source(data)
