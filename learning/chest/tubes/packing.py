"""The background films, cropped to the tube network's window, with their anatomy, packed into one array file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.chest.tubes.anatomy import Anatomy, anatomy_of
from radcaliper.learning.chest.tubes.backgrounds import Background
from radcaliper.learning.chest.tubes.labelled_courses import labelled_course, leaves_film
from radcaliper.learning.chest.tubes.labels import Labels
from radcaliper.learning.chest.tubes.lines import draw_path
from radcaliper.learning.chest.tubes.marked_leads import marked_leads
from radcaliper.learning.chest.tubes.tracheal_course import tracheal_course
from radcaliper.learning.datasets.chest import read_mask
from radcaliper.measurements.tubes.course import CoursePath
from radcaliper.models.tubes.channels import BODIES, IN_TRACHEA, REPORTED, TUBES
from radcaliper.models.tubes.window import COLS, ROWS, Window, network_input, tube_window

_MARGIN: Final = 0.1
"""How far packed films go beyond the window on each side, so that it can be moved and turned."""
_LEAD_WIDTH: Final = 3
"""Width in pixels of the window that a marked lead is drawn with."""
Affine = NDArray[np.float64]
"""(2, 3) from (row, col, 1) of one frame to another."""


def compose(first: Affine, second: Affine) -> Affine:
    """The map that applies ``first`` and then ``second``."""
    return np.concatenate([second[:, :2] @ first[:, :2], (second[:, :2] @ first[:, 2] + second[:, 2])[:, None]], axis=1)


def to_window(window: Window) -> Affine:
    """From the film's pixels to the window's."""
    return np.concatenate([np.eye(2) * window.scale, window.in_window(np.zeros(2))[:, None]], axis=1)


def for_cv2(matrix: Affine) -> Affine:
    """The same map between (x, y)."""
    return matrix[::-1][:, [1, 0, 2]]


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


def _tip(film: Background, kind: str, carina: CoursePath) -> CoursePath | None:
    """The tip of one of the film's own tubes, in its pixels: as marked, else where its mask's course ends."""
    marked = film.known.tip(kind)
    if marked is not None:
        return np.array(marked, float)
    if kind not in film.known.masks:
        return None
    course = labelled_course(kind, read_mask(film.known.masks[kind]), carina)
    shape = (film.grey.shape[0], film.grey.shape[1])
    return None if course is None or leaves_film(course[-1], shape) else course[-1]


def _labels(film: Background, window: Window, anatomy: Anatomy) -> Labels:
    """What is known of the film's own tubes, in the window's pixels; ``anatomy`` is in the film's."""
    tips = {kind: _tip(film, kind, anatomy["trachea"][-1]) for kind in (*TUBES, *IN_TRACHEA)}
    placed = {kind: window.in_window(tip) for kind, tip in tips.items() if tip is not None}
    square = network_input(window.square(film.grey), window.film_area)
    there = anatomy.moved(to_window(window))
    courses: dict[str, CoursePath] = {
        kind: tracheal_course(square, placed[kind], there) for kind in IN_TRACHEA if kind in placed
    }
    return Labels({kind: film.known.present(kind) for kind in REPORTED}, placed, courses)


def _lead_mask(film: Background, matrix: Affine, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Where marked leads run, on the packed film: 1 there."""
    canvas, leads = np.zeros(shape, np.uint8), marked_leads().get(film.name)
    for course in () if leads is None else leads.courses:
        draw_path(canvas, course @ matrix[:, :2].T + matrix[:, 2], _LEAD_WIDTH)
    return (canvas > 127).astype(np.uint8)


def _label_bits(film: Background, matrix: Affine, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """A bit for each labelled mask, on the packed film."""
    bits = np.zeros(shape, np.uint8)
    for kind, path in film.known.masks.items():
        mask = cv2.warpAffine(read_mask(path).astype(np.float32), for_cv2(matrix), shape[::-1], flags=cv2.INTER_LINEAR)
        bits |= (mask > 0.3).astype(np.uint8) << np.uint8(BODIES.index(kind))
    return bits | _lead_mask(film, matrix, shape) << np.uint8(BODIES.index("pacemaker_lead"))


def pack(films: Iterable[Background], output: Path) -> None:
    """Write the films as arrays; those without lungs are left out.

    ``grey`` (N, rows, cols) uint8, ``bits`` (N, rows, cols) uint8 of labelled masks, ``seen`` (N, 4) first and last
    rows and columns that show film, ``matrix`` (N, 2, 3) to the window, ``anatomy`` and ``labels`` there as JSON,
    ``fold``, ``dataset`` and ``name``.
    """
    packed = []
    for film in films:
        anatomy, window = anatomy_of(film.masks, film.airways), tube_window(film.masks)
        if anatomy is None or window is None:
            continue
        wide = _wider(window, (film.grey.shape[0], film.grey.shape[1]))
        matrix, there = to_window(window), anatomy.moved(to_window(window))
        grey = (wide.square(film.grey) * 255).astype(np.uint8)
        bits = _label_bits(film, to_window(wide), (grey.shape[0], grey.shape[1]))
        box = wide.box
        seen = (*box.offset, *(start + size for start, size in zip(box.offset, box.inner, strict=True)))
        to_packed_window = compose(inverse(to_window(wide)), matrix)
        texts = anatomy_as_json(there), _labels(film, window, anatomy).as_json()
        packed.append((grey, bits, seen, to_packed_window, *texts, film))
    grey_all, bits_all, seen_all, matrices, anatomies, labels, kept = zip(*packed, strict=True)
    np.savez(
        output,
        grey=np.stack(grey_all),
        bits=np.stack(bits_all),
        seen=np.array(seen_all),
        matrix=np.stack(matrices),
        anatomy=np.array(anatomies),
        labels=np.array(labels),
        fold=[film.known.fold for film in kept],
        dataset=[film.known.dataset for film in kept],
        name=[film.name for film in kept],
    )
