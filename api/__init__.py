"""From radiographs to anatomical masks and measurements, each with its uncertainty.

    film = radcaliper.read_radiograph(path)
    analysis = radcaliper.analyse("film", film, "auto")

Names are imported when they are first used, so that ``import radcaliper`` is instant.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import lazy_loader

if TYPE_CHECKING:
    from radcaliper.measurements.types import Analysis, Grid, Measurement, Radiograph
    from radcaliper.pipelines.protocols.registry import analyse
    from radcaliper.pipelines.reading import read_radiograph

__version__: Final = version("radcaliper")
__all__ = ["Analysis", "Grid", "Measurement", "Radiograph", "__version__", "analyse", "read_radiograph"]
__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "measurements.types": ["Analysis", "Grid", "Measurement", "Radiograph"],
        "pipelines.protocols.registry": ["analyse"],
        "pipelines.reading": ["read_radiograph"],
    },
)
