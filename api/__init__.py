"""From radiographs to anatomical masks and measurements, each with its uncertainty. Not a medical device.

    >>> import radcaliper as rc
    >>> result = rc.measure("film.png", protocol="chest")  # doctest: +SKIP
    >>> result.measurement("cardiothoracic_ratio").value  # doctest: +SKIP
    0.47

``measure`` measures a file, a folder, an array or a list of them; ``read`` reads a file; ``measure_masks`` and
``measure_landmarks`` are the geometry alone, on anyone's masks or landmarks; ``compare`` compares two films of a
patient. Names are imported when they are first used, so that ``import radcaliper`` is instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from radcaliper.comparison import Comparison, compare
    from radcaliper.geometry import GeometryResult, measure_landmarks, measure_masks
    from radcaliper.measurements.types import Analysis, Grid, Measurement, Radiograph, Status
    from radcaliper.measuring import measure
    from radcaliper.pipelines.protocols.registry import analyse
    from radcaliper.pipelines.reading import NotARadiograph, UnreadableFilm, read_radiograph
    from radcaliper.reading import read
    from radcaliper.result import Result
    from radcaliper.results import Results
    from radcaliper.version import __version__

__all__ = [
    "Analysis",
    "Comparison",
    "GeometryResult",
    "Grid",
    "Measurement",
    "NotARadiograph",
    "Radiograph",
    "Result",
    "Results",
    "Status",
    "UnreadableFilm",
    "__version__",
    "analyse",
    "compare",
    "measure",
    "measure_landmarks",
    "measure_masks",
    "read",
    "read_radiograph",
]
__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "comparison": ["Comparison", "compare"],
        "geometry": ["GeometryResult", "measure_landmarks", "measure_masks"],
        "measurements.types": ["Analysis", "Grid", "Measurement", "Radiograph", "Status"],
        "measuring": ["measure"],
        "pipelines.protocols.registry": ["analyse"],
        "pipelines.reading": ["NotARadiograph", "UnreadableFilm", "read_radiograph"],
        "reading": ["read"],
        "result": ["Result"],
        "results": ["Results"],
        "version": ["__version__"],
    },
)
