"""Structures of the user's own: on films of the other protocols beside theirs, and on films that no protocol knows."""

from __future__ import annotations

from typing import Final

from radcaliper.pipelines.protocols.base import Protocol

PROTOCOL: Final = Protocol(
    name="own",
    label="Film of the user's own kind",
    bundles=(),
    structures=(),
    measurements=(),
    main="",
    steps="",
    overlay="radcaliper.pipelines.protocols.outlines:draw",
    review="radcaliper.pipelines.protocols.own.review:REVIEW",
    evaluation="",
)
"""What is known of a film that no protocol measures, once a bundle of the user's own does."""
