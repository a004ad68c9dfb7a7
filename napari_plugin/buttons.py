"""Buttons that say what they do and by which key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qtpy.QtWidgets import QPushButton


@dataclass(frozen=True)
class Action:
    """What a button does: its text, what it does in a sentence, and the key that does the same."""

    text: str
    does: str
    key: str

    @property
    def tooltip(self) -> str:
        """The sentence with the key."""
        return f"{self.does} ({self.key})"


def action_button(action: Action, pressed: Callable[[], None], shortcut: bool = False) -> QPushButton:
    """A button for an action. With ``shortcut`` Qt listens for its key, else the viewer does while nobody types."""
    button = QPushButton(action.text)
    button.setToolTip(action.tooltip)
    button.clicked.connect(lambda _=False: pressed())
    if shortcut:
        button.setShortcut(action.key)
    button.setMinimumWidth(1)  # a narrow window must not push the film out
    return button
