"""The protocols: which films each measures, with which bundles and which function. Listed without importing torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Final

from radcaliper.measurements.types import Analysis, Radiograph, Status
from radcaliper.models.registry import BUNDLES, check_list
from radcaliper.qc.status_rules import DEFAULT_RULES, StatusRules

Analyse = Callable[[str, Radiograph, StatusRules], Analysis]


@dataclass(frozen=True)
class Protocol:
    """A named way to measure one kind of film; ``module`` holds its ``analyse(image, film, rules) -> Analysis``."""

    name: str
    module: str
    bundles: tuple[str, ...]

    def load(self) -> Analyse:
        """Import the protocol's function, and with it torch."""
        analyse: Analyse = import_module(self.module).analyse
        return analyse


_ALL: Final = (
    Protocol("chest", "radcaliper.pipelines.protocols.chest.analyse", ("chest_anatomy", "chest_tubes")),
    Protocol("spine", "radcaliper.pipelines.protocols.spine.analyse", ("spine_locator", "spine_vertebrae")),
    Protocol("hip", "radcaliper.pipelines.protocols.hip.analyse", ("hip_femur",)),
)
PROTOCOLS: Final = {protocol.name: protocol for protocol in _ALL if set(protocol.bundles) <= set(BUNDLES)}


def check_weights(protocol: str) -> None:
    """Read the weights that a protocol, or ``auto``, needs, and compare their hashes: BrokenBundle tells what is wrong.

    A film must not be judged by a machine whose weights are damaged or gone.
    """
    check_list()
    for candidate in PROTOCOLS.values():
        if protocol in ("auto", candidate.name):
            for bundle in candidate.bundles:
                BUNDLES[bundle].verified_weights()


def analyse(image: str, film: Radiograph, protocol: str, rules: StatusRules = DEFAULT_RULES) -> Analysis:
    """Measure a film by the protocol named, or by the first whose kind of film it is (``auto``).

    ``rules`` say what is ok, left for review, or refused.
    """
    if protocol != "auto":
        return PROTOCOLS[protocol].load()(image, film, rules)
    refusals = []
    for candidate in PROTOCOLS.values():
        analysis = candidate.load()(image, film, rules)
        if analysis.status is not Status.REFUSED:
            return analysis
        refusals.append(analysis)
    reasons = tuple(dict.fromkeys(reason for refusal in refusals for reason in refusal.reasons))
    return replace(refusals[0], protocol="", model="", reasons=reasons)
