"""Put trained weights into a bundle: ``python -m radcaliper.learning.release WEIGHTS BUNDLE_FOLDER``."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path


def release(weights: Path, bundle: Path) -> None:
    """Copy the weight file into the bundle folder and write its SHA-256 into the metadata."""
    target, metadata = bundle / "models" / "model.safetensors", bundle / "configs" / "metadata.json"
    shutil.copyfile(weights, target)
    content = json.loads(metadata.read_text(encoding="utf-8"))
    content["weights_sha256"] = hashlib.sha256(target.read_bytes()).hexdigest()
    metadata.write_text(json.dumps(content, indent=4) + "\n", encoding="utf-8")


def main() -> None:
    """The command line of the release."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("bundle", type=Path)
    arguments = parser.parse_args()
    release(arguments.weights, arguments.bundle)


if __name__ == "__main__":
    main()
