"""The protocols: which films each measures, with which bundles and which function. Listed without importing torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from radcaliper.measurements.types import Analysis, Radiograph

Analyse = Callable[[str, Radiograph], Analysis]


@dataclass(frozen=True)
class Protocol:
    """A named way to measure one kind of film; ``module`` holds its ``analyse(image, film) -> Analysis``."""

    name: str
    module: str
    bundles: tuple[str, ...]

    def load(self) -> Analyse:
        """Import the protocol's function, and with it torch."""
        analyse: Analyse = import_module(self.module).analyse
        return analyse


PROTOCOLS: Final = {
    protocol.name: protocol for protocol in (Protocol("chest", "radcaliper.pipelines.chest", ("chest_anatomy",)),)
}


def analyse(image: str, film: Radiograph, protocol: str) -> Analysis:
    """Measure a film by the protocol named, or by the first whose kind of film it is (``auto``)."""
    names = tuple(PROTOCOLS) if protocol == "auto" else (protocol,)
    analyses = (PROTOCOLS[name].load()(image, film) for name in names)
    return next(analyses)
