"""Who is reviewing a results folder at the moment, so that a second person is told."""

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
_GONE_AFTER_S: Final = 3 * HEARTBEAT_S


@dataclass(frozen=True)
class Presence:
    """One window on one results folder."""

    database: Path
    session: str = field(default_factory=lambda: uuid4().hex)

    def announce(self, reviewer: str) -> tuple[str, ...]:
        """Say that this window is open, and hear who else has one: "name on host", whoever was heard of of late."""
        now = time.time()
        with closing(connect(self.database)) as connection, transaction(connection):
            connection.execute("DELETE FROM reviewers WHERE seen < ?", (now - _GONE_AFTER_S,))
            connection.execute(
                "INSERT OR REPLACE INTO reviewers VALUES (?, ?, ?, ?)",
                (self.session, reviewer, socket.gethostname(), now),
            )
            others = connection.execute(
                "SELECT reviewer, host FROM reviewers WHERE session != ? ORDER BY reviewer", (self.session,)
            )
            return tuple(f"{row['reviewer'] or 'someone'} on {row['host']}" for row in others)

    def leave(self) -> None:
        """Say that this window is closed."""
        with closing(connect(self.database)) as connection, transaction(connection):
            connection.execute("DELETE FROM reviewers WHERE session = ?", (self.session,))
