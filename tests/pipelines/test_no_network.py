"""A whole run opens no connection, whatever it measures and writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CODE = """
import sys

asked = []

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        asked.append((event, arguments[-1]))
        raise OSError(f"no network: {event}")

sys.addaudithook(refuse)
from radcaliper.pipelines.cli import app

def run(*words):
    try:
        app(list(words))
    except SystemExit as end:
        assert not end.code, (words, end.code)

film, out = sys.argv[1:]
run("measure", film, "-o", out, "--workers", "1")
run("export", out, "--wide", "--json", "--coco")
run("models")
assert asked == [], asked
"""


def test_nothing_asks_the_network(chest_dicom: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", CODE, str(chest_dicom), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "out" / "report.html").is_file()
