"""What the command lines of the trainings share: folders, and a log with times."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path


def training_parser(description: str | None, folders: Sequence[str]) -> argparse.ArgumentParser:
    """A parser that takes these folders, as ``data`` and ``work``, in this order."""
    parser = argparse.ArgumentParser(description=description)
    for name in folders:
        parser.add_argument(name, type=Path)
    return parser


def begin_training(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The arguments; from here on what happens is logged."""
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    return arguments
