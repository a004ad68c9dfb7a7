"""Put trained weights into a bundle, with the engine file that is made from them.

``python -m radcaliper.learning.release WEIGHTS BUNDLE_FOLDER``; the weights may be those that lie there already. It
prints the hash that ``LIST_SHA256`` in models/registry.py must have.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

from radcaliper.learning.engine_file import engine_file
from radcaliper.models.inference.loading import load_network
from radcaliper.models.inference.networks import NETWORKS
from radcaliper.models.registry import Bundle, list_of_hashes


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def release(weights: Path, folder: Path) -> None:
    """Copy the weight file into the bundle's folder, make its engine file, and write both hashes into the metadata."""
    bundle, content = Bundle(folder.name, folder), weights.read_bytes()
    metadata = folder / "configs" / "metadata.json"
    facts = json.loads(metadata.read_text(encoding="utf-8")) | {"weights_sha256": _sha256(content)}

    def write_facts() -> None:
        metadata.write_text(json.dumps(facts, indent=4, ensure_ascii=False) + "\n", encoding="utf-8")

    bundle.weights.write_bytes(content)
    write_facts()
    network, size = load_network(str(folder.resolve())), None if facts["network"] in NETWORKS else int(facts["size"])
    made = engine_file(network, size)
    bundle.engine_file.write_bytes(made)
    facts["engine_file"] = {"sha256": _sha256(made), "weights_sha256": _sha256(content)}
    write_facts()


def main() -> None:
    """The command line of the release."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("bundle", type=Path)
    arguments = parser.parse_args()
    release(arguments.weights, arguments.bundle)
    sys.stdout.write(f"{_sha256(list_of_hashes().encode())}\n")


if __name__ == "__main__":
    main()
