"""The bundles that ship, listed without importing torch."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

_BUNDLES: Final = Path(__file__).resolve().parent / "bundles"


class BrokenBundle(RuntimeError):
    """A bundle's weights are missing or are not those its metadata names."""


@dataclass(frozen=True)
class Bundle:
    """One MONAI bundle folder: configs/metadata.json, configs/inference.json, docs, and in models/ the weights
    (model.safetensors) and the same network as engines compute it: in single precision (model.onnx) and, where it says
    the same in them, in integers (model_int8.onnx).

    Attributes
    ----------
    name : str
        The bundle's name.
    folder : Path
        Where it lies.
    """

    name: str
    folder: Path

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """The content of configs/metadata.json. Raises BrokenBundle."""
        try:
            content: dict[str, Any] = json.loads((self.folder / "configs" / "metadata.json").read_bytes())
        except (OSError, ValueError) as error:
            raise BrokenBundle(f"the metadata of {self.name} are missing or damaged: {self._remedy}") from error
        return content

    @property
    def ships(self) -> bool:
        """Whether it came with radcaliper, and is not the user's own."""
        return self.folder.parent == _BUNDLES

    @property
    def _remedy(self) -> str:
        return "reinstall radcaliper" if self.ships else f"make {self.folder} again"

    @property
    def weights(self) -> Path:
        """The weight file."""
        return self.folder / "models" / "model.safetensors"

    @property
    def engine_file(self) -> Path:
        """The network as engines compute it in single precision, made from the weights."""
        return self.folder / "models" / "model.onnx"

    @property
    def integer_file(self) -> Path:
        """The network as ONNX Runtime computes it in integers of 8 bits; not all bundles have it."""
        return self.folder / "models" / "model_int8.onnx"

    @property
    def has_integer_file(self) -> bool:
        """Whether the network may be computed in integers. Raises BrokenBundle."""
        return "integer_file" in self.metadata

    @property
    def identity(self) -> str:
        """Name, version and the first digits of the weights' hash: what a result says it was made with."""
        return f"{self.name}-{self.metadata['version']}-{self.metadata['weights_sha256'][:8]}"

    def verified_weights(self) -> bytes:
        """Read the weight file and compare its hash.

        Returns
        -------
        bytes
            The content of the weight file.

        Raises
        ------
        BrokenBundle
            If the file is missing, or its SHA-256 is not the one in the metadata.

        Examples
        --------
        >>> Bundle("chest", Path("nowhere")).verified_weights()
        Traceback (most recent call last):
            ...
        radcaliper.models.registry.BrokenBundle: the weights of chest are missing: make nowhere again
        """
        if not self.weights.is_file():
            raise BrokenBundle(f"the weights of {self.name} are missing: {self._remedy}")
        content = self.weights.read_bytes()
        if hashlib.sha256(content).hexdigest() != self.metadata["weights_sha256"]:
            raise BrokenBundle(f"the weights of {self.name} are damaged: {self._remedy}")
        return content

    def verified_engine_file(self) -> Path:
        """Compare the engine file's hash, and see that it was made from the weights of this bundle.

        Returns
        -------
        Path
            The engine file.

        Raises
        ------
        BrokenBundle
            If the file is missing, damaged, or made from other weights.

        Examples
        --------
        >>> Bundle("chest", Path("nowhere")).verified_engine_file()
        Traceback (most recent call last):
            ...
        radcaliper.models.registry.BrokenBundle: the engine file of chest is missing: make nowhere again
        """
        return self._verified(self.engine_file, "engine file")

    def verified_integer_file(self) -> Path:
        """The same for the file in integers.

        Returns
        -------
        Path
            The file in integers.

        Raises
        ------
        BrokenBundle
            If the file is missing, damaged, or made from other weights.

        Examples
        --------
        >>> Bundle("chest", Path("nowhere")).verified_integer_file()
        Traceback (most recent call last):
            ...
        radcaliper.models.registry.BrokenBundle: the integer file of chest is missing: make nowhere again
        """
        return self._verified(self.integer_file, "integer file")

    def _verified(self, file: Path, kind: str) -> Path:
        if not file.is_file():
            raise BrokenBundle(f"the {kind} of {self.name} is missing: {self._remedy}")
        facts = self.metadata.get(kind.replace(" ", "_"), {})
        if facts.get("weights_sha256") != self.metadata["weights_sha256"]:
            raise BrokenBundle(f"the {kind} of {self.name} was made from other weights: {self._remedy}")
        with file.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
        if found != facts.get("sha256"):
            raise BrokenBundle(f"the {kind} of {self.name} is damaged: {self._remedy}")
        return file


BUNDLES: Final[dict[str, Bundle]] = {
    folder.name: Bundle(folder.name, folder)
    for folder in sorted(_BUNDLES.iterdir())
    if (folder / "configs" / "metadata.json").is_file()
}


def bundle_of(name: str) -> Bundle:
    """Find a bundle: one that ships by its name, one of the user's own by the path of its folder.

    Parameters
    ----------
    name : str
        The name or the path.

    Returns
    -------
    Bundle
        The bundle; its weights are not read yet.

    Raises
    ------
    BrokenBundle
        If no bundle has that name or lies at that path.

    Examples
    --------
    >>> bundle_of("view").name
    'view'
    >>> bundle_of("nowhere")
    Traceback (most recent call last):
        ...
    radcaliper.models.registry.BrokenBundle: nowhere is no bundle: it has no configs/metadata.json
    """
    if name in BUNDLES:
        return BUNDLES[name]
    folder = Path(name)
    if not (folder / "configs" / "metadata.json").is_file():
        raise BrokenBundle(f"{name} is no bundle: it has no configs/metadata.json")
    return Bundle(folder.name, folder)


LIST_SHA256: Final = "95d0907bf7866281974aed9e21dc9d49a3ad8711b0def8df77bb731915cc19fa"
"""The hash of ``list_of_hashes``: what ships is what was released."""


def _line_of_hashes(bundle: Bundle) -> str:
    metadata = Bundle(bundle.name, bundle.folder).metadata  # as it lies there now
    made = (metadata.get(kind, {}).get("sha256") for kind in ("engine_file", "integer_file"))
    return " ".join(map(str, (bundle.name, metadata.get("weights_sha256"), *made))) + "\n"


def list_of_hashes() -> str:
    """List every bundle with the hashes of its weights and of the files that are made from them.

    Returns
    -------
    str
        A line for each bundle: its name and every SHA-256.

    Raises
    ------
    BrokenBundle
        If the metadata of a bundle are missing or damaged.

    Examples
    --------
    >>> {line.split()[0] for line in list_of_hashes().splitlines()} == set(BUNDLES)
    True
    """
    return "".join(map(_line_of_hashes, BUNDLES.values()))


def check_list() -> None:
    """Check that the bundles' metadata name the weights that this version came with.

    Raises
    ------
    BrokenBundle
        If they name others, or are missing or damaged.

    Examples
    --------
    >>> check_list()
    """
    if hashlib.sha256(list_of_hashes().encode()).hexdigest() != LIST_SHA256:
        raise BrokenBundle("the list of weights is not this version's: reinstall radcaliper")
