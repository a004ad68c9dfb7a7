"""Why a file gives no film."""

from __future__ import annotations


class UnreadableFilm(ValueError):
    """The file is no readable image; the message is one clear line."""


class NotARadiograph(ValueError):
    """The file is readable, but it is no single projection radiograph; the message is one clear line."""
