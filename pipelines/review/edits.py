"""A reviewer's edits of one film, as an immutable value, and their history for undo and redo."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from radcaliper.measurements.file_geometry import FileGeometry
from radcaliper.measurements.types import Mask, Masks, Point
from radcaliper.pipelines.reading.file_frame import masks_from_file, points_from_file, points_to_file

CurveEnds = tuple[str, str]
"""The upper and the lower end vertebra of a curve."""


@dataclass(frozen=True, eq=False)
class Edits:
    """Masks (H, W), landmarks and end vertebrae that replace the automatic ones; all others stay automatic."""

    masks: Masks = field(default_factory=dict)
    points: Mapping[str, Point] = field(default_factory=dict)
    ends: Mapping[str, CurveEnds] = field(default_factory=dict)
    """The end vertebrae that were chosen for a curve, by the curve's site."""
    removed: frozenset[str] = frozenset()
    """Automatic landmarks that are not there, as the corners of a vertebra that was deleted."""
    levels: Mapping[str, str] = field(default_factory=dict)
    """The level of a vertebra that a person named; the others are counted from it."""

    def __bool__(self) -> bool:
        """Whether anything was changed."""
        return bool(self.masks or self.points or self.ends or self.removed or self.levels)

    def landmarks(self, automatic: Mapping[str, Point]) -> dict[str, Point]:
        """All landmarks after the edits: those that were moved or added, and the automatic ones that are left."""
        left = {name: point for name, point in automatic.items() if name not in self.removed}
        return left | dict(self.points)

    def with_mask(self, structure: str, mask: Mask, forget: Collection[str] = ()) -> Edits:
        """The edits with another mask and without the moved landmarks in ``forget``: these are found on the mask."""
        points = {name: point for name, point in self.points.items() if name not in forget}
        return replace(self, masks={**self.masks, structure: mask}, points=points)

    def with_landmarks(self, points: Mapping[str, Point]) -> Edits:
        """The edits with landmarks at other points."""
        return replace(self, points={**self.points, **points})

    def on_file(self, geometry: FileGeometry) -> Edits:
        """The edits on the pixels of the film's file, as they are stored."""
        masks = {name: geometry.mask_to_file(mask) for name, mask in self.masks.items()}
        points = points_to_file(self.points.values(), geometry)
        return replace(self, masks=masks, points=dict(zip(self.points, points, strict=True)))

    def on_film(self, geometry: FileGeometry) -> Edits:
        """The edits on the film, from where they lie on its file's pixels."""
        points = points_from_file(self.points.values(), geometry)
        return replace(
            self, masks=masks_from_file(self.masks, geometry), points=dict(zip(self.points, points, strict=True))
        )

    def with_curve_ends(self, site: str, ends: CurveEnds) -> Edits:
        """The edits with other end vertebrae of one curve."""
        return replace(self, ends={**self.ends, site: ends})


@dataclass(frozen=True, eq=False)
class History:
    """All states of a film's edits, oldest first, and the position of the current one."""

    states: tuple[Edits, ...] = (Edits(),)
    position: int = 0

    @property
    def current(self) -> Edits:
        """The current edits."""
        return self.states[self.position]

    def with_edits(self, edits: Edits) -> History:
        """The history with a further state; states that were undone are dropped."""
        return History((*self.states[: self.position + 1], edits), self.position + 1)

    def undone(self) -> History:
        """The history one state back; the first state stays current."""
        return replace(self, position=max(0, self.position - 1))

    def redone(self) -> History:
        """The history one state forward; the last state stays current."""
        return replace(self, position=min(len(self.states) - 1, self.position + 1))
