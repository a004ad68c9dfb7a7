"""The protocols that there are, and the choice between them."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from radcaliper.measurements.types import Analysis, Radiograph, Status
from radcaliper.models.registry import BUNDLES, check_list
from radcaliper.pipelines.protocols import PROTOCOL_NAMES
from radcaliper.pipelines.protocols.base import Protocol
from radcaliper.qc.gates.film import film_findings
from radcaliper.qc.status_rules import DEFAULT_RULES, StatusRules


def _declared(name: str) -> Protocol:
    protocol: Protocol = import_module(f"{__package__}.{name}").PROTOCOL
    return protocol


_ALL: Final = tuple(map(_declared, PROTOCOL_NAMES))
PROTOCOLS: Final = {protocol.name: protocol for protocol in _ALL if set(protocol.bundles) <= set(BUNDLES)}
"""By name, those whose weights are there."""


def check_weights(protocol: str) -> None:
    """Read the weights that a protocol, or ``auto``, needs, and compare their hashes: BrokenBundle tells what is wrong.

    A film must not be judged by a machine whose weights are damaged or gone.
    """
    check_list()
    for candidate in PROTOCOLS.values():
        if protocol in ("auto", candidate.name):
            for bundle in candidate.bundles:
                BUNDLES[bundle].verified_weights()


def _of_no_protocol(film: Radiograph) -> tuple[str, ...]:
    """Why no protocol measures a film: there is no picture, or it shows something else."""
    return tuple(finding.reason for finding in film_findings(film)) or ("no_protocol",)


def analyse(image: str, film: Radiograph, protocol: str, rules: StatusRules = DEFAULT_RULES) -> Analysis:
    """Measure a film by the protocol named, or by the first whose kind of film it is (``auto``).

    Parameters
    ----------
    image : str
        The film's name in the results.
    film : Radiograph
        The film.
    protocol : str
        ``chest``, ``spine``, ``hip``, or ``auto``.
    rules : StatusRules
        What is ok, left for review, or refused.

    Returns
    -------
    Analysis
        The film's status and reasons, and if it was not refused its masks, their qualities, and its measurements. Where
        ``auto`` finds no protocol for it, it is refused with ``no_protocol``, or with the reason why it shows no
        picture; protocol and model are empty.

    Raises
    ------
    KeyError
        For a protocol that there is not.
    BrokenBundle
        If weights are missing or damaged.

    Examples
    --------
    >>> import numpy as np
    >>> film = Radiograph(np.zeros((100, 100), np.float32))
    >>> analysis = analyse("blank.png", film, "chest")
    >>> analysis.status.value, analysis.reasons
    ('refused', ('blank_film',))
    """
    if protocol != "auto":
        return PROTOCOLS[protocol].analyse(image, film, rules)
    for candidate in PROTOCOLS.values():
        analysis = candidate.analyse(image, film, rules)
        if analysis.status is not Status.REFUSED:
            return analysis
    return Analysis(image, film, "", "", Status.REFUSED, _of_no_protocol(film))
