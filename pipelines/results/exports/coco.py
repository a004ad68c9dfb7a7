"""coco.json: boxes and masks of every structure in the COCO format for object detection and segmentation."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np

from radcaliper.measurements.specs import StructureSpec
from radcaliper.measurements.types import Mask
from radcaliper.pipelines.protocols.registry import EVERY_PROTOCOL, PROTOCOLS
from radcaliper.pipelines.results.exports.registry import Exported
from radcaliper.pipelines.results.files import whole_text
from radcaliper.pipelines.results.masks import run_lengths
from radcaliper.pipelines.results.stored import StoredResult, StoredResults

Json = dict[str, Any]
_PER_SPEC: Final = 100
"""Category numbers that one entry of the catalog may take, as for ``vertebra_01``, ``vertebra_02`` ..."""
_NUMBERED: Final = re.compile(r"_(\d+)$")


def _spec(protocol: str, name: str) -> StructureSpec:
    return EVERY_PROTOCOL[protocol].structure(name)


def _category(protocol: str, name: str) -> int:
    """The category's number: the same in every export."""
    specs = [spec for each in PROTOCOLS.values() for spec in each.structures]
    spec, number = _spec(protocol, name), _NUMBERED.search(name)
    if spec not in specs:  # the user's own
        return _PER_SPEC * (1 + len(specs)) + int(sha256(name.encode()).hexdigest()[:6], 16)
    return _PER_SPEC * (1 + specs.index(spec)) + (int(number[1]) if number and spec.pattern else 0)


def box_of(mask: Mask) -> list[int]:
    """The box around a mask (H, W) that is not empty: left, top, width, height in pixels."""
    rows, cols = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return [int(cols[0]), int(rows[0]), int(np.ptp(cols)) + 1, int(np.ptp(rows)) + 1]


def _annotation(image: int, category: int, mask: Mask, quality: Json) -> Json:
    return {
        "image_id": image,
        "category_id": category,
        "bbox": box_of(mask),
        "area": int(mask.sum()),
        "segmentation": {"size": list(mask.shape), "counts": run_lengths(mask)},
        "iscrowd": 0,
        "attributes": quality,
    }


def _annotations(results: StoredResults, film: StoredResult, image: int) -> Iterator[tuple[str, Json]]:
    """Name and annotation of every mask of a film that is not empty."""
    protocol = str(film.row["protocol"])
    rows = {row["structure"]: row for row in film.structures}
    for name, mask in results.masks(film).items():
        if mask.any():
            row = rows.get(name, {})
            quality = {key: row.get(key) for key in ("status", "quality", "quality_lower")}
            yield name, _annotation(image, _category(protocol, name), mask, quality)


def _write_list(file: TextIO, name: str, items: Iterable[Json]) -> None:
    """Write a list of the document, one item a line."""
    file.write(f'"{name}": [')
    for place, item in enumerate(items):
        file.write(f"{',' if place else ''}\n{json.dumps(item)}")
    file.write("\n]")


class _Document:
    """What is written of the films, a list at a time, counting on the way."""

    def __init__(self, results: StoredResults) -> None:
        self._results = results
        self.films = 0
        self.left_out: Counter[str] = Counter()
        self._categories: dict[int, Json] = {}

    def _measured(self) -> Iterator[tuple[int, StoredResult]]:
        return enumerate((film for film in self._results.films() if film.measured), start=1)

    def images(self) -> Iterator[Json]:
        """An entry for each film that was measured."""
        for number, film in self._measured():
            size = {"height": film.row["height"], "width": film.row["width"]}
            yield {"id": number, "file_name": film.image, **size}
            self.films += 1

    def annotations(self) -> Iterator[Json]:
        """An entry for each mask."""
        count = 0
        for number, film in self._measured():
            none = True
            for name, annotation in _annotations(self._results, film, number):
                none, count = False, count + 1
                self._note(str(film.row["protocol"]), name, annotation["category_id"])
                yield {"id": count, **annotation}
            if none:
                self.left_out["no masks"] += 1

    def _note(self, protocol: str, name: str, number: int) -> None:
        self._categories.setdefault(number, {"id": number, "name": name, "supercategory": protocol})

    def categories(self) -> list[Json]:
        """The structures that were annotated."""
        return [self._categories[number] for number in sorted(self._categories)]


def write_coco(results: StoredResults, folder: Path) -> Exported:
    """Write ``coco.json``; boxes and masks lie on the films' own pixels, masks as uncompressed run lengths."""
    document = _Document(results)
    with whole_text(folder / "coco.json") as file, results.store.snapshot():
        info = {"description": "radcaliper", "version": version("radcaliper")}
        file.write(f'{{"info": {json.dumps(info)},\n"licenses": [],\n')
        _write_list(file, "images", document.images())
        file.write(",\n")
        _write_list(file, "annotations", document.annotations())
        file.write(",\n")
        _write_list(file, "categories", document.categories())
        file.write("}\n")
    return Exported(folder / "coco.json", document.films, document.left_out)
