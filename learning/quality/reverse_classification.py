"""Reverse classification accuracy, a baseline (Valindria 2017; as CheXmask computes it, Gaggion 2024).

The film is registered to its nearest reference films, first by an affine and then by a free-form transform. Its masks
are transformed with it, and their best Dice with a reference's own masks is their predicted Dice. It needs labelled
films and takes seconds a film, so it serves for comparison alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import SimpleITK
from numpy.typing import NDArray

from radcaliper.learning.chest.labels import labelled_everywhere
from radcaliper.learning.datasets.chest import LabelledFilm
from radcaliper.measurements.types import Mask, Masks
from radcaliper.models.inference.agreement import dice
from radcaliper.models.inference.letterbox import Letterbox
from radcaliper.qc.thorax_modes import THORAX_STRUCTURES

_SIDE: Final = 128
_NEAREST: Final = 5
_GRID: Final = 6
"""Free-form control points a side."""


@dataclass(frozen=True, eq=False)
class Reference:
    """A small labelled film: grey (128, 128) and masks of both lungs and the heart."""

    grey: NDArray[np.float32]
    masks: dict[str, Mask]


def reference_of(grey: NDArray[np.float32], masks: Masks) -> Reference:
    """A film and its masks in the reference frame."""
    box = Letterbox.square(grey.shape[0], grey.shape[1], _SIDE)
    small = {name: box.forward(masks[name].astype(np.float32)) > 0.5 for name in THORAX_STRUCTURES if name in masks}
    return Reference(box.forward(grey), small)


def references_of(films: Iterable[LabelledFilm]) -> list[Reference]:
    """The films whose lungs and heart are all labelled, as references."""
    complete = (film for film in films if set(THORAX_STRUCTURES) <= labelled_everywhere(film))
    return [reference_of(film.grey, film.targets) for film in complete]


def _nearest(film: Reference, references: list[Reference]) -> list[Reference]:
    """The references whose grey correlates best with the film's."""
    correlations = [float(np.corrcoef(film.grey.ravel(), each.grey.ravel())[0, 1]) for each in references]
    return [references[place] for place in np.argsort(correlations)[::-1][:_NEAREST]]


def _method(shrink: list[int]) -> SimpleITK.ImageRegistrationMethod:
    """Registration by correlation, over levels of shrunk films."""
    method = SimpleITK.ImageRegistrationMethod()
    method.SetMetricAsCorrelation()
    method.SetInterpolator(SimpleITK.sitkLinear)
    method.SetShrinkFactorsPerLevel(shrink)
    method.SetSmoothingSigmasPerLevel([factor / 2 for factor in shrink])
    return method


def _registered(fixed: SimpleITK.Image, moving: SimpleITK.Image) -> SimpleITK.Transform:
    """From the fixed film's places to the moving one's: affine, then free-form."""
    affine = SimpleITK.CenteredTransformInitializer(
        fixed, moving, SimpleITK.AffineTransform(2), SimpleITK.CenteredTransformInitializerFilter.GEOMETRY
    )
    first = _method([4, 2])
    first.SetOptimizerAsGradientDescentLineSearch(1.0, 40, convergenceMinimumValue=1e-5, convergenceWindowSize=8)
    first.SetOptimizerScalesFromPhysicalShift()
    first.SetInitialTransform(affine, inPlace=True)
    first.Execute(fixed, moving)
    free = SimpleITK.BSplineTransformInitializer(fixed, [_GRID, _GRID])
    second = _method([2])
    second.SetOptimizerAsLBFGSB(numberOfIterations=30)
    second.SetMovingInitialTransform(affine)
    second.SetInitialTransform(free, inPlace=True)
    second.Execute(fixed, moving)
    return SimpleITK.CompositeTransform([affine, free])


def reverse_accuracy(film: Reference, references: list[Reference]) -> dict[str, float]:
    """The best Dice, by structure, of the film's masks registered to its nearest references."""
    best = dict.fromkeys(film.masks, 0.0)
    moving = SimpleITK.GetImageFromArray(film.grey)
    for reference in _nearest(film, references):
        fixed = SimpleITK.GetImageFromArray(reference.grey)
        try:
            transform = _registered(fixed, moving)
        except RuntimeError:  # the film cannot be registered to this reference
            continue
        for name, mask in film.masks.items():
            image = SimpleITK.GetImageFromArray(mask.astype(np.float32))
            moved = SimpleITK.GetArrayFromImage(SimpleITK.Resample(image, fixed, transform)) > 0.5
            best[name] = max(best[name], dice(moved, reference.masks[name]))
    return best
