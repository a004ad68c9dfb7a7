"""The protocols that there are, and the choice between them."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Final

from radcaliper.measurements.types import Analysis, Finding, Radiograph, Status
from radcaliper.models.registry import BUNDLES, check_list
from radcaliper.pipelines.protocols import PROTOCOL_NAMES
from radcaliper.pipelines.protocols.base import Protocol
from radcaliper.qc.gates.film import film_findings
from radcaliper.qc.status_rules import DEFAULT_RULES, StatusRules

if TYPE_CHECKING:
    from radcaliper.pipelines.protocols.view_gate import ViewedFilm


def _declared(name: str) -> Protocol:
    protocol: Protocol = import_module(f"{__package__}.{name}").PROTOCOL
    return protocol


_ALL: Final = tuple(map(_declared, PROTOCOL_NAMES))
PROTOCOLS: Final = {protocol.name: protocol for protocol in _ALL if set(protocol.bundles) <= set(BUNDLES)}
"""By name, those whose weights are there."""
EVERY_PROTOCOL: Final = {**PROTOCOLS, "own": _declared("own")}
"""What a film may have been measured by: also ``own``, by nothing but bundles of the user's own."""
_LIKELY: Final = 0.5
"""Probability of its views from which a protocol that was asked for measures a film."""


def check_weights(protocol: str) -> None:
    """Read the weights that a protocol, or ``auto``, needs, and compare their hashes: BrokenBundle tells what is wrong.

    A film must not be judged by a machine whose weights are damaged or gone.
    """
    check_list()
    for candidate in PROTOCOLS.values():
        if protocol in ("auto", candidate.name):
            for bundle in candidate.bundles:
                BUNDLES[bundle].verified_engine_file()
                if BUNDLES[bundle].has_integer_file:
                    BUNDLES[bundle].verified_integer_file()


def _of_view(viewed: ViewedFilm) -> tuple[Protocol, ...]:
    """The protocols that may measure a film in ``auto``: that of its view if it is sure, and those without views."""
    return tuple(each for each in PROTOCOLS.values() if not each.views or viewed.shows(each.views))


def _finding_of_view(viewed: ViewedFilm, protocol: Protocol) -> tuple[Finding, ...]:
    """What a protocol that was asked for says of a film's view: it measures what is likely its own, for review."""
    if not protocol.views or viewed.shows(protocol.views):
        return ()
    if viewed.probability_of(protocol.views) >= _LIKELY:
        return (Finding("view_unsure", Status.REVIEW),)
    return (Finding(protocol.other_view, Status.REFUSED),)


def _by_protocol(image: str, viewed: ViewedFilm, protocol: Protocol, rules: StatusRules) -> Analysis:
    """The analysis by a protocol that was asked for."""
    findings = (*viewed.findings, *_finding_of_view(viewed, protocol))
    if any(finding.status is Status.REFUSED for finding in findings):
        return protocol.refused(image, viewed.film, findings)
    return protocol.analyse_picture(image, viewed.film, rules, findings)


def _is_of_no_view(analysis: Analysis, protocol: Protocol) -> bool:
    """Whether a protocol refused a film as none of its own alone: else it says why it cannot measure it."""
    refused = analysis.status is Status.REFUSED
    return refused and (not protocol.views or analysis.reasons == (protocol.other_view,))


def _by_any(image: str, viewed: ViewedFilm, rules: StatusRules) -> Analysis:
    """The analysis by the first protocol that the film is one of."""
    for protocol in _of_view(viewed):
        analysis = protocol.analyse_picture(image, viewed.film, rules, viewed.findings)
        if not _is_of_no_view(analysis, protocol):
            return analysis
    return Analysis(image, viewed.film, "", "", Status.REFUSED, ("no_protocol",))


def _without_picture(image: str, film: Radiograph, protocol: str, findings: tuple[Finding, ...]) -> Analysis:
    if protocol != "auto":
        return PROTOCOLS[protocol].refused(image, film, findings)
    return Analysis(image, film, "", "", Status.REFUSED, tuple(finding.reason for finding in findings))


def analyse(image: str, film: Radiograph, protocol: str, rules: StatusRules = DEFAULT_RULES) -> Analysis:
    """Measure a film by the protocol named, or by the one of its view (``auto``); one that lies turned is put upright.

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
    from radcaliper.pipelines.protocols.view_gate import view_of_film  # imports scipy and the networks' steps

    if no_picture := film_findings(film):
        return _without_picture(image, film, protocol, no_picture)
    return analyse_viewed(image, view_of_film(film), protocol, rules)


def analyse_viewed(image: str, viewed: ViewedFilm, protocol: str, rules: StatusRules = DEFAULT_RULES) -> Analysis:
    """The analysis of a film that shows one picture and whose view was recognised; as ``analyse`` for the rest."""
    if protocol == "auto":
        analysis = _by_any(image, viewed, rules)
    else:
        analysis = _by_protocol(image, viewed, PROTOCOLS[protocol], rules)
    return replace(analysis, view=viewed.view.view, view_probability=viewed.view.probability)
