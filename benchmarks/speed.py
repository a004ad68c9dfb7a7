"""The tables of docs/speed.md: ``python benchmarks/speed.py DATA > docs/speed_tables.txt``.

DATA holds the labelled films (chest/jsrt, spine/aasce, hip/real_bonebreak). Chest films are enlarged to 2048 x 2048
pixels; where there are fewer films than asked for, they are measured again under other names. Figures are taken one
after another, each in a process of its own, those of one core on the first core alone: nothing else should run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import cv2
import pandas as pd

HERE: Final = Path(__file__).resolve().parent
SETS: Final = {"chest": "chest/jsrt/images", "spine": "spine/aasce/images", "hip": "hip/real_bonebreak/images"}
HIPS: Final = "hip/real_bonebreak/ccd.csv"
"""The hip films that show what is measured."""
SIDE: Final = 2048
"""Pixels of the side of a chest film."""
INPUTS: Final = {
    "view": (224, 224),
    "chest_anatomy": (384, 384),
    "chest_tubes": (512, 384),
    "spine_locator": (256, 256),
    "spine_vertebrae": (640, 96),
    "hip_femur": (192, 192),
}
"""Rows and columns of what each network looks at."""
ENGINES: Final = (
    ("onnxruntime", "int8"),
    ("onnxruntime", "float32"),
    ("openvino", "float32"),
    ("openvino", "bf16"),
    ("torch", "float32"),
    ("torch", "bf16"),
)
IMPORTS: Final = (
    "import radcaliper.pipelines.running.batch, radcaliper.pipelines.protocols.chest.analyse\n"
    "from radcaliper.models.inference.loading import load_predictor\n"
)
NETWORKS: Final = "for name in ('view', 'chest_anatomy', 'chest_tubes'): load_predictor(name)\n"
"""What a run of chest films starts with."""
_POLLING_INTERVAL_S: Final = 0.02
"""Seconds between two looks at whether a command has ended and how much memory it holds."""
Row = Sequence[str]


@dataclass(frozen=True)
class Done:
    """Wall-clock seconds of a command, and the peak resident memory of all its processes together, in MiB.

    Memory that processes share counts for each of them.
    """

    seconds: float
    peak: float
    output: str


def resident(process: int) -> float:
    """Resident memory now, in MiB, of a process and its children (Linux); 0 for one that has ended."""
    place = Path(f"/proc/{process}")
    try:
        pages = int((place / "statm").read_text(encoding="ascii").split()[1])
        started = (place / f"task/{process}/children").read_text(encoding="ascii").split()
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 + sum(map(resident, map(int, started)))


def run(command: Sequence[object], cores: int) -> Done:
    """Run a command on the first cores; its output is what it wrote to stdout. Raises RuntimeError where it fails."""
    all_cores = os.sched_getaffinity(0)
    with tempfile.TemporaryFile("w+") as output:
        os.sched_setaffinity(0, sorted(all_cores)[:cores])  # the process inherits it
        started = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=subprocess.DEVNULL)
        os.sched_setaffinity(0, all_cores)
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, resident(process.pid))
            time.sleep(_POLLING_INTERVAL_S)
        seconds = time.perf_counter() - started
        output.seek(0)
        words = output.read()
    if process.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {process.returncode}")
    return Done(seconds, peak, words)


def facts(script: str, *arguments: object, cores: int = 1) -> dict[str, float]:
    """What a script beside this one prints."""
    found: dict[str, float] = json.loads(run((sys.executable, HERE / script, *arguments), cores).output)
    return found


def make_films(data: Path, protocol: str, count: int, folder: Path) -> list[Path]:
    """So many films of a protocol in a folder; a set that is too small is gone through again."""
    folder.mkdir(parents=True)
    sources = sorted((data / SETS[protocol]).glob("*.jpg"))
    if protocol == "hip":
        names = set(pd.read_csv(data / HIPS)["image"])
        sources = [each for each in sources if each.name in names]
    films = []
    for number, source in enumerate(islice(cycle(sources), count)):
        if protocol == "chest":
            film = folder / f"{number:03d}.png"
            grey = cv2.imread(str(source), cv2.IMREAD_GRAYSCALE)
            cv2.imwrite(str(film), cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC))
        else:
            film = folder / f"{number:03d}{source.suffix}"
            film.write_bytes(source.read_bytes())
        films.append(film)
    return films


def table(head: Row, rows: Sequence[Row]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def machine() -> str:
    """The processor, its cores, the versions, the commit, and whether other programs ran."""
    words = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="ignore")
    model = next((line.partition(": ")[2] for line in words.splitlines() if line.startswith("model name")), "")
    flags = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in words]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False
    ).stdout.strip()
    packages = ", ".join(f"{name} {version(name)}" for name in ("onnxruntime", "openvino", "torch"))
    return (
        f"{model} ({', '.join(flags)}), {len(os.sched_getaffinity(0))} cores, {platform.system()}, "
        f"Python {platform.python_version()}, {packages}, commit {commit}, {time.strftime('%Y-%m-%d')}; "
        f"load of other programs when it began: {os.getloadavg()[0]:.1f}.\n"
    )


def engines_table() -> str:
    """A pass of each network by each engine, and what it takes until the first one is done."""
    inputs = [word for name, (height, width) in INPUTS.items() for word in (name, height, width)]
    taken = [facts("peer.py", *engine, *inputs) for engine in ENGINES]
    head = ("ms a pass (and until the first is done)", *map(", ".join, ENGINES))
    rows: list[Row] = [("import", *(f"({each['import']:.0f})" for each in taken))]
    for name, (height, width) in INPUTS.items():
        passes = (f"{each[name]:.0f} ({each[f'{name} loading']:.0f})" for each in taken)
        rows.append((f"{name}, {height} x {width}", *passes))
    return table(head, rows)


def stages_table(films: dict[str, list[Path]]) -> str:
    """The stages' milliseconds a film for each protocol."""
    taken = {protocol: facts("stages.py", protocol, *paths) for protocol, paths in films.items()}
    stages = [stage for stage in next(iter(taken.values())) if stage not in ("all", "resident_mb")]
    rows: list[Row] = [(stage, *(f"{each[stage]:.0f}" for each in taken.values())) for stage in stages]
    rows.append(("all", *(f"**{each['all']:.0f}**" for each in taken.values())))
    rows.append(("memory of the process, MiB", *(f"{each['resident_mb']:.0f}" for each in taken.values())))
    return table(("stage, ms a film on one core", *taken), rows)


def start_table() -> str:
    """What it takes until there is anything to see."""
    command = (sys.executable, "-m", "radcaliper")
    rows: list[Row] = []
    for words, started in (
        ("`radcaliper --help`", (*command, "--help")),
        ("imports of a run", (sys.executable, "-c", IMPORTS)),
        ("imports and the networks of a chest film", (sys.executable, "-c", IMPORTS + NETWORKS)),
    ):
        best = min((run(started, 2) for _ in range(5)), key=lambda done: done.seconds)
        rows.append((words, f"{best.seconds:.2f}"))
    return table(("start, best of 5", "s"), rows)


def measured(folder: Path, protocol: str, cores: int, overlays: str, count: int) -> Done:
    """Run ``radcaliper measure`` over the first ``count`` films of a folder on so many cores."""
    out = folder.parent / f"{protocol}{cores}{overlays}{count}"
    options = ("--protocol", protocol, "--workers", cores, "--limit", count, overlays)
    return run((sys.executable, "-m", "radcaliper", "measure", folder, "-o", out, *options), cores)


def whole_table(folders: dict[str, Path], count: int, peer: float) -> str:
    """The whole command over the films, its start included; ``peer`` is the peer's pass on two cores, in ms."""
    ways = ((1, "--no-overlays"), (2, "--no-overlays"), (2, "--overlays"))
    few = count // 5
    rows: list[Row] = []
    for protocol, folder in folders.items():
        taken = [measured(folder, protocol, *way, count) for way in ways]
        one, two, drawn = (done.seconds / count for done in taken)
        times = (f"{one:.3f}", f"**{two:.3f}**", f"{drawn:.3f}")
        starts = [measured(folder, protocol, *way, few) for way in ways[:2]]
        further = [done.seconds - start.seconds for done, start in zip(taken, starts, strict=False)]
        ratios = (f"{one / two:.2f}", f"{further[0] / further[1]:.2f}", f"{peer / 1000 / two:.2f}")
        rows.append((protocol, *times, *ratios, f"{max(done.peak for done in taken):.0f}"))
    times_named = ("one core", "two cores", "with overlays", "one / two cores", "the same without the start")
    return table(("s a film", *times_named, "PSPNet's pass / film, two cores", "peak memory, MiB"), rows)


def peer_table() -> tuple[str, float]:
    """The peer's pass by cores and precision, and the milliseconds of the quickest one on two cores."""
    taken = {cores: facts("peer.py", "pspnet", cores, cores=cores) for cores in (1, 2)}
    rows = [(precision, *(f"{taken[cores][precision]:.0f}" for cores in taken)) for precision in ("float32", "bf16")]
    head = ("PSPNet-ResNet50 by torch, one pass at 512 x 512, ms", "one core", "two cores")
    return table(head, rows), min(taken[2].values())


def say(part: str) -> None:
    """Write a part of the tables as soon as it is there."""
    sys.stdout.write(f"{part}\n")
    sys.stdout.flush()


def main() -> None:
    """Take all figures and write the tables to stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--films", type=int, default=50, help="films of each protocol for the whole command")
    parser.add_argument("--stage-films", type=int, default=12, help="films of each protocol for the stages")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        films = {name: make_films(arguments.data, name, arguments.films, Path(folder) / name) for name in SETS}
        peer_words, peer = peer_table()
        folders = {name: Path(folder) / name for name in SETS}
        say(machine())
        say(peer_words)
        say(whole_table(folders, arguments.films, peer))
        say(stages_table({name: paths[: arguments.stage_films] for name, paths in films.items()}))
        say(start_table())
        say(engines_table())


if __name__ == "__main__":
    main()
