"""What several commands are given: the protocol, a settings file, bundles of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from radcaliper.pipelines.cli_words import STOPPED, stop
from radcaliper.pipelines.protocols import PROTOCOL_NAMES

if TYPE_CHECKING:
    from radcaliper.pipelines.protocols.own.bundle import OwnBundle
    from radcaliper.qc.status_rules import StatusRules

PROTOCOLS: Final = ("auto", *PROTOCOL_NAMES)
PROTOCOL_LIST: Final = f"[{'|'.join(PROTOCOLS)}]"


def protocol_name(name: str) -> str:
    """A protocol that there is, or ``auto``."""
    if name not in PROTOCOLS:
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(PROTOCOLS)}")
    return name


def rules_of_file(settings: Path | None) -> StatusRules:
    """The rules of a settings file, or the default ones without a file. Raises typer.Exit."""
    if settings is None:
        from radcaliper.qc.status_rules import DEFAULT_RULES

        return DEFAULT_RULES
    from radcaliper.models.registry import BrokenBundle
    from radcaliper.pipelines.settings import BadSettings, read_settings

    try:
        return read_settings(settings)
    except BadSettings as error:
        raise stop(str(error)) from error
    except BrokenBundle as error:
        raise stop(str(error), STOPPED) from error


def bundles_in(folders: list[Path]) -> tuple[OwnBundle, ...]:
    """Bundles of the user's own. Raises typer.Exit."""
    if not folders:
        return ()
    from radcaliper.models.registry import BrokenBundle
    from radcaliper.pipelines.protocols.own.bundle import BadBundle, own_bundles

    try:
        return own_bundles(folders)
    except (BadBundle, BrokenBundle) as error:
        raise stop(f"--bundle: {error}") from error
