"""The demo: measure the real chest film of the pydicom-data package and print a short table."""

from __future__ import annotations

import csv
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from rich.console import Console
from rich.table import Table

SHOWN = ("cardiothoracic_ratio", "thoracic_width", "heart_width", "lung_area", "lung_height", "mediastinal_width")


def short_table(measurements: Path) -> Table:
    """The main measurements of the results folder's measurements.csv."""
    table = Table("film", "measurement", "site", "value", "90 % interval", "unit", "status", box=None)
    with measurements.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["measurement"] in SHOWN and row["value"]:
                value, *ends = (f"{float(row[key]):.4g}" for key in ("value", "lower", "upper") if row[key])
                span = " to ".join(ends)
                table.add_row(row["image"], row["measurement"], row["site"], value, span, row["unit"], row["status"])
    return table


def main() -> None:
    """Measure the film into the folder named on the command line."""
    out = Path(sys.argv[1])
    film = Path(str(files("data_store") / "data" / "RG1_J2KR.dcm"))
    subprocess.run([sys.executable, "-m", "radcaliper", "measure", str(film), "-o", str(out), "--fresh"], check=True)
    console = Console(width=140)
    console.print(short_table(out / "measurements.csv"))
    console.print(f"Masks, overlay, tables and report.html are in {out.resolve()}", soft_wrap=True)


if __name__ == "__main__":
    main()
