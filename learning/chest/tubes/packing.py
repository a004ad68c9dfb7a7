"""The background films, cropped to the tube network's window, with their anatomy, packed into one array file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.chest.tubes.anatomy import Anatomy, anatomy_of
from radcaliper.learning.chest.tubes.backgrounds import Background
from radcaliper.models.tubes.window import COLS, ROWS, Window, tube_window

_MARGIN: Final = 0.1
"""How far packed films go beyond the window on each side, so that it can be moved and turned."""
Affine = NDArray[np.float64]
"""(2, 3) from (row, col, 1) of one frame to another."""


def compose(first: Affine, second: Affine) -> Affine:
    """The map that applies ``first`` and then ``second``."""
    return np.concatenate([second[:, :2] @ first[:, :2], (second[:, :2] @ first[:, 2] + second[:, 2])[:, None]], axis=1)


def to_window(window: Window) -> Affine:
    """From the film's pixels to the window's."""
    return np.concatenate([np.eye(2) * window.scale, window.in_window(np.zeros(2))[:, None]], axis=1)


def inverse(matrix: Affine) -> Affine:
    """The inverse map."""
    return np.asarray(np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2])


def _wider(window: Window, shape: tuple[int, int]) -> Window:
    rows, cols = (round(_MARGIN * side) for side in (window.height, window.width))
    top, left = max(0, window.top - rows), max(0, window.left - cols)
    bottom = min(shape[0], window.top + window.height + rows)
    right = min(shape[1], window.left + window.width + cols)
    grown = 1 + 2 * _MARGIN
    return Window(top, left, bottom - top, right - left, round(ROWS * grown), round(COLS * grown))


def anatomy_as_json(anatomy: Anatomy) -> str:
    """The anatomy of a packed film as text."""
    places = {name: np.round(place, 2).tolist() for name, place in anatomy.places.items()}
    return json.dumps({"places": places, "mm": anatomy.mm, "carina_seen": anatomy.carina_seen})


def anatomy_from_json(text: str) -> Anatomy:
    """The anatomy of a packed film, in its window's pixels."""
    content = json.loads(text)
    places = {name: np.array(place, float) for name, place in content["places"].items()}
    return Anatomy(places, content["mm"], content["carina_seen"])


def pack(films: Iterable[Background], output: Path) -> None:
    """Write the films as arrays; those without lungs are left out.

    ``grey`` (N, rows, cols) uint8, ``seen`` (N, 4) first and last rows and columns that show film, ``matrix`` (N, 2, 3)
    to the window, ``anatomy`` there as JSON, ``fold``, ``dataset`` and ``name``.
    """
    packed = []
    for film in films:
        anatomy, window = anatomy_of(film.masks, film.airways), tube_window(film.masks)
        if anatomy is None or window is None:
            continue
        wide = _wider(window, (film.grey.shape[0], film.grey.shape[1]))
        matrix = to_window(window)
        grey = (wide.square(film.grey) * 255).astype(np.uint8)
        box = wide.box
        seen = (*box.offset, *(start + size for start, size in zip(box.offset, box.inner, strict=True)))
        packed.append(
            (grey, seen, compose(inverse(to_window(wide)), matrix), anatomy_as_json(anatomy.moved(matrix)), film)
        )
    grey_all, seen_all, matrices, anatomies, kept = zip(*packed, strict=True)
    np.savez(
        output,
        grey=np.stack(grey_all),
        seen=np.array(seen_all),
        matrix=np.stack(matrices),
        anatomy=np.array(anatomies),
        fold=[film.fold for film in kept],
        dataset=[film.dataset for film in kept],
        name=[film.name for film in kept],
    )
