"""Put trained weights into a bundle, with the files for engines that are made from them.

``python -m radcaliper.learning.release WEIGHTS BUNDLE_FOLDER``; the weights may be those that lie there already. With
``--data DATA``, the folder of the labelled sets, also the file in integers is made; without, the bundle has none and
its network is computed in single precision. It prints the hash that ``LIST_SHA256`` in models/registry.py must have.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from radcaliper.learning.engine_file import engine_file, float_model, quick
from radcaliper.learning.integer_file import integer_file
from radcaliper.learning.network_inputs import network_inputs
from radcaliper.models.inference.loading import load_network
from radcaliper.models.inference.networks import NETWORKS
from radcaliper.models.registry import Bundle, list_of_hashes


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _without_integers(bundle: Bundle) -> dict[str, Any]:
    """The bundle's metadata, of which the file in integers is dropped."""
    bundle.integer_file.unlink(missing_ok=True)
    return {key: value for key, value in bundle.metadata.items() if key != "integer_file"}


def release(weights: Path, folder: Path, data: Path | None = None) -> None:
    """Copy the weight file into the bundle's folder, make the files for engines, write all hashes into the metadata.

    The file in integers is made on films of the folder ``data``, and dropped without it.
    """
    bundle, content = Bundle(folder.name, folder), weights.read_bytes()
    metadata = folder / "configs" / "metadata.json"
    facts = _without_integers(bundle) | {"weights_sha256": _sha256(content)}

    def write_facts() -> None:
        metadata.write_text(json.dumps(facts, indent=4, ensure_ascii=False) + "\n", encoding="utf-8")

    bundle.weights.write_bytes(content)
    write_facts()
    network, size = load_network(str(folder.resolve())), None if facts["network"] in NETWORKS else int(facts["size"])

    def keep(kind: str, file: Path, made: bytes) -> None:
        file.write_bytes(made)
        facts[kind] = {"sha256": _sha256(made), "weights_sha256": _sha256(content)}
        write_facts()

    keep("engine_file", bundle.engine_file, engine_file(network, size))
    if data is not None:
        inputs = network_inputs(folder.name, quick(network), data)
        keep("integer_file", bundle.integer_file, integer_file(float_model(network, size), inputs))


def main() -> None:
    """The command line of the release."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--data", type=Path)
    arguments = parser.parse_args()
    release(arguments.weights, arguments.bundle, arguments.data)
    sys.stdout.write(f"{_sha256(list_of_hashes().encode())}\n")


if __name__ == "__main__":
    main()
