"""From radiographs to anatomical masks and measurements, each with its uncertainty.

    film = radcaliper.read_radiograph(path)
    analysis = radcaliper.analyse("film", film, "auto")

Names are imported when they are first used, so that ``import radcaliper`` is instant.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from radcaliper.measurements.types import Analysis, Grid, Measurement, Radiograph
    from radcaliper.pipelines.protocols.registry import analyse
    from radcaliper.pipelines.reading import read_radiograph

__all__ = ["Analysis", "Grid", "Measurement", "Radiograph", "__version__", "analyse", "read_radiograph"]

__version__: Final = version("radcaliper")
_HOMES: Final = {
    "Analysis": "radcaliper.measurements.types",
    "Grid": "radcaliper.measurements.types",
    "Measurement": "radcaliper.measurements.types",
    "Radiograph": "radcaliper.measurements.types",
    "analyse": "radcaliper.pipelines.protocols.registry",
    "read_radiograph": "radcaliper.pipelines.reading",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'radcaliper' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
