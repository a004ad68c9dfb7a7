"""What a reviewer has changed on one film, as a value; and the history that undo goes back through."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from radcaliper.measurements.file_geometry import FileGeometry
from radcaliper.measurements.types import Mask, Masks, Point
from radcaliper.pipelines.reading.file_frame import masks_from_file, points_from_file, points_to_file

Ends = tuple[str, str]
"""The upper and the lower end vertebra of a curve."""


@dataclass(frozen=True, eq=False)
class Edits:
    """Masks (H, W), landmarks and end vertebrae in place of the automatic ones; what is not named is as it was."""

    masks: Masks = field(default_factory=dict)
    points: Mapping[str, Point] = field(default_factory=dict)
    ends: Mapping[str, Ends] = field(default_factory=dict)
    """The end vertebrae that were chosen for a curve, by its site."""

    def __bool__(self) -> bool:
        """Whether anything was changed."""
        return bool(self.masks or self.points or self.ends)

    def brushed(self, structure: str, mask: Mask, giving_way: Collection[str] = ()) -> Edits:
        """With a new mask; the landmarks in ``giving_way``, dragged before, are found on the mask again."""
        points = {name: point for name, point in self.points.items() if name not in giving_way}
        return replace(self, masks={**self.masks, structure: mask}, points=points)

    def dragged(self, points: Mapping[str, Point]) -> Edits:
        """With landmarks at new places."""
        return replace(self, points={**self.points, **points})

    def on_file(self, geometry: FileGeometry) -> Edits:
        """The edits as they lie on the pixels of the film's file, which is how they are kept."""
        masks = {name: geometry.mask_to_file(mask) for name, mask in self.masks.items()}
        points = points_to_file(self.points.values(), geometry)
        return replace(self, masks=masks, points=dict(zip(self.points, points, strict=True)))

    def on_film(self, geometry: FileGeometry) -> Edits:
        """The edits on the film, from where they lie on its file's pixels."""
        points = points_from_file(self.points.values(), geometry)
        return replace(
            self, masks=masks_from_file(self.masks, geometry), points=dict(zip(self.points, points, strict=True))
        )

    def between(self, site: str, ends: Ends) -> Edits:
        """With a curve between other end vertebrae."""
        return replace(self, ends={**self.ends, site: ends})


@dataclass(frozen=True, eq=False)
class History:
    """All states of a film's edits, oldest first, and the place of the one that holds."""

    states: tuple[Edits, ...] = (Edits(),)
    place: int = 0

    @property
    def current(self) -> Edits:
        """The edits that hold."""
        return self.states[self.place]

    def then(self, edits: Edits) -> History:
        """With a further state; what had been undone is forgotten."""
        return History((*self.states[: self.place + 1], edits), self.place + 1)

    def undone(self) -> History:
        """One state back; the first stays where it is."""
        return replace(self, place=max(0, self.place - 1))

    def redone(self) -> History:
        """One state forward; the last stays where it is."""
        return replace(self, place=min(len(self.states) - 1, self.place + 1))
