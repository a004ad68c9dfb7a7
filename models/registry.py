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
    """One MONAI bundle folder: configs/metadata.json, configs/inference.json, models/model.safetensors, docs."""

    name: str
    folder: Path

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """The content of configs/metadata.json."""
        content: dict[str, Any] = json.loads((self.folder / "configs" / "metadata.json").read_text(encoding="utf-8"))
        return content

    @property
    def weights(self) -> Path:
        """The weight file."""
        return self.folder / "models" / "model.safetensors"

    @property
    def identity(self) -> str:
        """Name, version and the first digits of the weights' hash: what a result says it was made with."""
        return f"{self.name}-{self.metadata['version']}-{self.metadata['weights_sha256'][:8]}"

    def verified_weights(self) -> bytes:
        """The weight file's content; BrokenBundle if it is missing or its SHA-256 is not the one in the metadata."""
        if not self.weights.is_file():
            raise BrokenBundle(f"the weights of {self.name} are missing: reinstall radcaliper")
        content = self.weights.read_bytes()
        if hashlib.sha256(content).hexdigest() != self.metadata["weights_sha256"]:
            raise BrokenBundle(f"the weights of {self.name} are damaged: reinstall radcaliper")
        return content


BUNDLES: Final[dict[str, Bundle]] = {
    name: Bundle(name, _BUNDLES / name)
    for name in ("chest_anatomy", "chest_tubes", "spine_locator", "spine_vertebrae", "hip_femur", "view")
    if (_BUNDLES / name / "models" / "model.safetensors").is_file()
}
