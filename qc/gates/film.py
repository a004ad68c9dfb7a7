"""What holds for films of every kind: is there a picture at all, its view by the file, bone dark or bright."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from radcaliper.measurements.types import Finding, Projection, Radiograph, Status
from radcaliper.qc.gates.several_films import several_films_findings

_SIDE: Final = 256
_LEAST_CORRELATION: Final = 0.5
"""Neighbouring pixels of a radiograph at 256² correlate above 0.9; those of noise near 0."""


_SIDEWAYS: Final = frozenset({"LL", "RL", "LAT", "LATERAL"})
_OBLIQUE: Final = frozenset({"RLO", "LLO", "OBL", "OBLIQUE"})
"""DICOM's words for views from the side and between (View Position, 0018,5101), and those that machines write."""


def view_findings(film: Radiograph) -> tuple[Finding, ...]:
    """``tagged_lateral`` or ``tagged_oblique``, ``implausible_spacing`` and ``burned_in_text``, all to review.

    Every protocol is for AP and PA films. A tag alone refuses no film, for tags are often wrong; AP and PA are never
    guessed where no tag says them.
    """
    view = film.view.upper()
    found = []
    if film.projection is Projection.LATERAL or view in _SIDEWAYS:
        found.append(Finding("tagged_lateral", Status.REVIEW))
    elif film.projection is Projection.OBLIQUE or view in _OBLIQUE:
        found.append(Finding("tagged_oblique", Status.REVIEW))
    if film.implausible_spacing:
        found.append(Finding("implausible_spacing", Status.REVIEW))
    if film.burned_in_text:
        found.append(Finding("burned_in_text", Status.REVIEW))
    return tuple(found)


def acquisition_findings(film: Radiograph) -> tuple[Finding, ...]:
    """Find what a person should know of how a film was taken.

    Parameters
    ----------
    film : Radiograph
        The film.

    Returns
    -------
    tuple[Finding, ...]
        To review: ``inverted`` where the file shows bone dark, ``tagged_lateral`` or ``tagged_oblique`` where it names
        another view than AP or PA.

    Examples
    --------
    >>> film = Radiograph(np.zeros((100, 100), np.float32), view="LL", turned_bright=True)
    >>> [finding.reason for finding in acquisition_findings(film)]
    ['inverted', 'tagged_lateral']
    """
    inverted = (Finding("inverted", Status.REVIEW),) if film.turned_bright else ()
    return (*inverted, *view_findings(film))


def film_findings(film: Radiograph) -> tuple[Finding, ...]:
    """Find whether there is a picture of one film at all.

    Parameters
    ----------
    film : Radiograph
        The film.

    Returns
    -------
    tuple[Finding, ...]
        ``blank_film``, ``noise_film`` or ``several_films``, all refused; nothing for a single film with a picture.

    Examples
    --------
    >>> film = Radiograph(np.zeros((100, 100), np.float32))
    >>> [(finding.reason, finding.status.value) for finding in film_findings(film)]
    [('blank_film', 'refused')]
    """
    small = cv2.resize(film.pixels, (_SIDE, _SIDE), interpolation=cv2.INTER_NEAREST)
    low, high = np.percentile(small, (1, 99))
    if high - low <= 1e-3 * max(abs(float(small.max())), abs(float(small.min())), 1e-12):
        return (Finding("blank_film", Status.REFUSED),)
    clipped = np.clip(small, low, high)
    across = float(np.corrcoef(clipped[:, :-1].ravel(), clipped[:, 1:].ravel())[0, 1])
    down = float(np.corrcoef(clipped[:-1].ravel(), clipped[1:].ravel())[0, 1])
    if min(across, down) < _LEAST_CORRELATION:
        return (Finding("noise_film", Status.REFUSED),)
    return several_films_findings(film)
