"""``Result``: one measured film, as a notebook wants it."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from radcaliper.measurement_table import MeasurementTable, value_words
from radcaliper.measurements.types import Analysis, Masks, Measurement, Status
from radcaliper.pipelines.protocols.drawing import OverlayImage
from radcaliper.pipelines.protocols.registry import PROTOCOLS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH_IN_HTML: Final = 480
_SHOWN: Final = 3
"""Numbers that a result's repr names."""


@dataclass(frozen=True)
class FilmFacts:
    """What a film came to besides its analysis: its name, its status, and the line that says why it failed."""

    image: str
    status: Status
    reasons: tuple[str, ...] = ()
    error: str = ""
    path: str = ""
    seconds: float = 0.0


class Result(MeasurementTable):
    """One film with its masks and measurements, on the pixels of its file.

    Attributes
    ----------
    image : str
        The film's name.
    status : Status
        ``ok``, ``review``, ``refused`` or ``failed``.
    reasons : tuple[str, ...]
        The documented codes that say why it is not ``ok``.
    error : str
        Why the file could not be read; empty where it could.
    measurements : tuple[Measurement, ...]
        In the order of measurements.csv; none of a film that was refused.
    """

    def __init__(self, facts: FilmFacts, analysis: Analysis | None) -> None:
        super().__init__(facts.image, () if analysis is None else analysis.measurements)
        self.facts, self._analysis = facts, analysis

    @property
    def status(self) -> Status:
        """``ok``, ``review``, ``refused`` or ``failed``."""
        return self.facts.status

    @property
    def reasons(self) -> tuple[str, ...]:
        """The documented codes that say why it is not ``ok``."""
        return self.facts.reasons

    @property
    def error(self) -> str:
        """Why the file could not be read; empty where it could."""
        return self.facts.error

    @property
    def was_read(self) -> bool:
        """Whether there is an analysis: the file held a film."""
        return self._analysis is not None

    @property
    def analysis(self) -> Analysis:
        """All that is known of the film. Raises ValueError where it could not be read."""
        if self._analysis is None:
            raise ValueError(f"{self.image} could not be read: {self.error}")
        return self._analysis

    @property
    def protocol(self) -> str:
        """The protocol that measured it; empty where none did."""
        return "" if self._analysis is None else self._analysis.protocol

    @property
    def masks(self) -> Masks:
        """Masks (height, width) of the film's own size by structure; none of a film that was refused."""
        prediction = None if self._analysis is None else self._analysis.prediction
        return {} if prediction is None else prediction.masks

    @cached_property
    def overlay(self) -> OverlayImage:
        """The film with outlines and measured lines, (height, width, 3) red, green, blue.

        Raises ValueError where nothing was measured.
        """
        if self.protocol not in PROTOCOLS or not self.masks:
            raise ValueError(f"{self.image} was not measured ({self.status.value}): there is nothing to draw")
        drawn = PROTOCOLS[self.protocol].load_overlay()(self.analysis)
        return np.ascontiguousarray(drawn[..., ::-1])

    def plot(self, axes: Axes | None = None) -> Axes:
        """Show the overlay.

        Parameters
        ----------
        axes : matplotlib.axes.Axes | None
            Where to draw; a new figure without it.

        Returns
        -------
        matplotlib.axes.Axes
            The axes with the overlay.

        Raises
        ------
        ImportError
            Without matplotlib.
        ValueError
            Where nothing was measured.
        """
        return plot_image(self.overlay, f"{self.image}: {self.status.value}", axes)

    def to_dict(self) -> dict[str, Any]:
        """Give the film's document as ``radcaliper export --json`` writes it: each number with its steps.

        Returns
        -------
        dict[str, Any]
            Names, numbers and lists alone; ``film.schema.json`` describes it.
        """
        from radcaliper.pipelines.results.exports.documents import film_document
        from radcaliper.pipelines.results.rows import REVIEW_COLUMNS
        from radcaliper.pipelines.results.stored import StoredResult
        from radcaliper.saving import content_hash, rows_of

        rows = rows_of(self, content_hash(self))
        unsigned = dict.fromkeys(REVIEW_COLUMNS)
        measurements = tuple({**row, **unsigned} for row in rows.measurements)
        film = StoredResult(rows.image, rows.structures, measurements, rows.landmarks)
        return film_document(film).model_dump(mode="json", by_alias=True)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write masks, overlay and tables into a results folder, beside what it holds; returns the folder.

        A film of the same name is replaced; what was signed stays. ``radcaliper review`` opens the folder.
        """
        from radcaliper.saving import save_results

        return save_results([self], folder)

    def _main(self) -> list[Measurement]:
        """The numbers that a person looks at first."""
        names = [PROTOCOLS[self.protocol].main] if self.protocol in PROTOCOLS else []
        main = [each for each in self.measurements if each.name in names]
        return main[:_SHOWN]

    def __repr__(self) -> str:
        """Name, status, reasons, main numbers and masks in five lines."""
        reasons = ", ".join(self.reasons) or self.error or "nothing to look at"
        numbers = "; ".join(f"{each.name} {each.site} {value_words(each)}".replace("  ", " ") for each in self._main())
        masks = ", ".join([*list(self.masks)[:4], *(["..."] if len(self.masks) > 4 else [])])
        measured = sum(each.value is not None for each in self.measurements)
        return "\n".join(
            (
                f"<Result {self.image}: {self.status.value}{f', {self.protocol}' if self.protocol else ''}",
                f"  reasons: {reasons}",
                f"  {numbers or 'no main number'}",
                f"  {measured} of {len(self.measurements)} measurements have a value: .to_frame(), .measurement(name)",
                f"  {len(self.masks)} masks: {masks}>",
            )
        )

    def _repr_html_(self) -> str:
        reasons = ", ".join(self.reasons) or self.error
        head = f"<p><b>{escape(self.image)}</b>: {self.status.value}{f' ({escape(reasons)})' if reasons else ''}</p>"
        if not self.masks:
            return head
        beside = '<div style="display:flex;gap:1em;align-items:flex-start">'
        return f"{head}{beside}{_embedded(self.overlay)}<div>{self._rows_html()}</div></div>"


def plot_image(image: OverlayImage, title: str, axes: Any = None) -> Any:
    """Show an image without ticks on matplotlib axes, new ones if none are given."""
    if axes is None:
        try:
            from matplotlib import pyplot
        except ImportError as error:
            raise ImportError('.plot() needs matplotlib: pip install "radcaliper[figures]"') from error
        axes = pyplot.subplots(layout="constrained")[1]
    axes.imshow(image)
    axes.set_title(title)
    axes.set_axis_off()
    return axes


def _embedded(image: OverlayImage) -> str:
    """An image as HTML that holds it."""
    height, width = image.shape[:2]
    size = (_WIDTH_IN_HTML, max(1, round(height * _WIDTH_IN_HTML / width)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    coded = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()
    source = base64.b64encode(coded).decode()
    return f'<img alt="overlay" width="{size[0]}" height="{size[1]}" src="data:image/jpeg;base64,{source}">'
