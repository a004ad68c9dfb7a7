"""A bundle of the user's own: the structures that it finds, on films of which protocol, and its calibration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from radcaliper.measurements.own import is_structure_name
from radcaliper.models.registry import BrokenBundle, Bundle, bundle_of
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.qc.calibration import Calibration

CALIBRATION: Path = Path("configs") / "calibration.json"
"""Where a bundle of the user's own keeps what its qualities and intervals are calibrated by."""


class BadBundle(ValueError):
    """A bundle that cannot be used to measure; the message is one line."""


@dataclass(frozen=True)
class OwnBundle:
    """One bundle of the user's own.

    Attributes
    ----------
    folder : str
        Where it lies, as an absolute path.
    identity : str
        Name, version and the first digits of the weights' hash.
    structures : tuple[str, ...]
        What it finds.
    protocol : str
        The protocol whose films it was learned from; empty for films that no protocol measures.
    """

    folder: str
    identity: str
    structures: tuple[str, ...]
    protocol: str

    @property
    def calibration(self) -> Calibration:
        """What its qualities and intervals are calibrated by. Raises BrokenBundle."""
        try:
            return Calibration.of_table(json.loads((Path(self.folder) / CALIBRATION).read_bytes()))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BrokenBundle(f"the calibration of {self.folder} is missing or damaged: train it again") from error


def _checked(bundle: Bundle) -> OwnBundle:
    folder, metadata = bundle.folder.resolve(), bundle.metadata
    structures, protocol = metadata.get("structures"), metadata.get("protocol")
    if not structures or protocol not in ("", *PROTOCOLS) or not (folder / CALIBRATION).is_file():
        raise BadBundle(f"{bundle.folder} is no bundle of radcaliper train")
    known = {spec.name for spec in PROTOCOLS[protocol].structures} if protocol else set()
    for name in structures:
        if name in known:
            raise BadBundle(f"{bundle.folder}: {name} is a structure of the {protocol} protocol: choose another name")
        if not is_structure_name(name):
            raise BadBundle(f"{bundle.folder}: {name!r} is no name of a structure (small letters, digits, underscores)")
    bundle.verified_weights()
    return OwnBundle(str(folder), bundle.identity, tuple(structures), protocol)


def own_bundles(folders: Sequence[Path]) -> tuple[OwnBundle, ...]:
    """Check bundles of the user's own and say what each finds.

    Parameters
    ----------
    folders : Sequence[Path]
        Folders of bundles that ``radcaliper train`` made.

    Returns
    -------
    tuple[OwnBundle, ...]
        One for each.

    Raises
    ------
    BadBundle
        For a folder that is no such bundle, or a structure that has a name already.
    BrokenBundle
        If weights are missing or damaged.

    Examples
    --------
    >>> own_bundles([Path("nowhere")])
    Traceback (most recent call last):
        ...
    radcaliper.models.registry.BrokenBundle: nowhere is no bundle: it has no configs/metadata.json
    """
    bundles = tuple(_checked(bundle_of(str(folder))) for folder in folders)
    names = [name for bundle in bundles for name in bundle.structures]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadBundle(f"{', '.join(twice)}: found by more than one of the bundles")
    return bundles
