"""Who is reviewing a results folder at the moment, so that reviewers learn of each other."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

from radcaliper.pipelines.results.database import connect, transaction

HEARTBEAT_S: Final = 20.0
_INACTIVE_AFTER_S: Final = 3 * HEARTBEAT_S


@dataclass(frozen=True)
class Presence:
    """One review window that has a results folder open; ``session`` is its own random identifier."""

    database: Path
    session: str = field(default_factory=lambda: uuid4().hex)

    def announce(self, reviewer: str) -> tuple[str, ...]:
        """Record that this window is open; returns the other active reviewers as "name on host".

        The same person on the same machine is no other one: it is a second window, or one that crashed.
        """
        now, host = time.time(), socket.gethostname()
        with closing(connect(self.database)) as connection, transaction(connection):
            connection.execute("DELETE FROM reviewers WHERE seen < ?", (now - _INACTIVE_AFTER_S,))
            connection.execute(
                "INSERT OR REPLACE INTO reviewers VALUES (?, ?, ?, ?)",
                (self.session, reviewer, host, now),
            )
            others = connection.execute(
                "SELECT DISTINCT reviewer, host FROM reviewers WHERE session != ? AND (reviewer, host) != (?, ?)"
                " ORDER BY reviewer",
                (self.session, reviewer, host),
            )
            return tuple(f"{row['reviewer'] or 'someone'} on {row['host']}" for row in others)

    def leave(self) -> None:
        """Record that this window is closed."""
        with closing(connect(self.database)) as connection, transaction(connection):
            connection.execute("DELETE FROM reviewers WHERE session = ?", (self.session,))
