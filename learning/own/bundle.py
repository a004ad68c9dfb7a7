"""Write a bundle of the user's own: weights, metadata, how MONAI runs it, and its card."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from radcaliper.learning.release import release
from radcaliper.models.registry import BUNDLES
from radcaliper.pipelines.protocols.own.bundle import CALIBRATION
from radcaliper.qc.calibration import Calibration

_TEMPLATE: Final = "chest_anatomy"
"""The bundle that ships whose way of running is the same: a film's square in, a mask a channel out."""
_PACKAGES: Final = ("segmentation-models-pytorch", "timm", "safetensors")


@dataclass(frozen=True)
class BundleFacts:
    """What is known of a bundle before it is judged.

    ``network`` is a name that ``network_of`` knows, ``size`` the side of the square that it sees, ``start`` where its
    weights came from; ``in_pieces`` are the structures that have several parts.
    """

    name: str
    network: str
    size: int
    structures: tuple[str, ...]
    protocol: str
    start: str
    licence: str
    in_pieces: tuple[str, ...] = ()


def _data_format(facts: BundleFacts) -> dict[str, Any]:
    shape = {"spatial_shape": [facts.size, facts.size], "dtype": "float32", "is_patch_data": False}
    image = shape | {
        "type": "image",
        "format": "magnitude",
        "modality": "CR",
        "num_channels": 1,
        "value_range": [0, 1],
        "channel_def": {"0": "grey, bone bright, 1st to 99th percentile at 0 to 1"},
    }
    prediction = shape | {
        "type": "image",
        "format": "segmentation",
        "num_channels": len(facts.structures),
        "value_range": [],
        "channel_def": {str(place): name for place, name in enumerate(facts.structures)},
    }
    return {"inputs": {"image": image}, "outputs": {"pred": prediction}}


def _metadata(facts: BundleFacts, weights: bytes) -> dict[str, Any]:
    packages = (*_PACKAGES, "radcaliper")
    return {
        "name": facts.name,
        "version": "1",
        "changelog": {"1": "first weights"},
        "monai_version": version("monai"),
        "pytorch_version": version("torch"),
        "numpy_version": version("numpy"),
        "required_packages_version": {name: version(name) for name in packages},
        "task": f"Segmentation of {', '.join(facts.structures)} on radiographs",
        "description": f"{facts.network}, one sigmoid channel a structure, started from {facts.start}.",
        "authors": "the user of radcaliper train",
        "copyright": "of whoever made it",
        "license": facts.licence,
        "intended_use": "Research. Not a medical device.",
        "network": facts.network,
        "size": facts.size,
        "structures": list(facts.structures),
        "in_pieces": list(facts.in_pieces),
        "protocol": facts.protocol,
        "weights_sha256": sha256(weights).hexdigest(),
        "figures": [],
        "network_data_format": _data_format(facts),
    }


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=4) + "\n", encoding="utf-8")


def write_bundle(facts: BundleFacts, weights: Path, folder: Path) -> None:
    """Write the bundle's folder; its calibration, figures and card are added once it was judged."""
    for part in ("configs", "models", "docs"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    _write_json(folder / "configs" / "metadata.json", _metadata(facts, weights.read_bytes()))
    inference = json.loads((BUNDLES[_TEMPLATE].folder / "configs" / "inference.json").read_bytes())
    inference |= {"size": facts.size, "network_def": "$load_network(@bundle_root)"}
    _write_json(folder / "configs" / "inference.json", inference)
    release(weights, folder)


def add_calibration(folder: Path, calibration: Calibration) -> None:
    """Add what the bundle's qualities and intervals are calibrated by."""
    _write_json(folder / CALIBRATION, calibration.as_table())


def add_figures(folder: Path, figures: list[str]) -> None:
    """Add the bundle's figures to its metadata."""
    path = folder / "configs" / "metadata.json"
    _write_json(path, json.loads(path.read_bytes()) | {"figures": figures})
