"""A folder of small drawn films with a bright disc and a darker bar, and their masks."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

SIZE = 160


def drawn_film(rng: np.random.Generator) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A film of grain with a disc (``knob``) and a bar (``bar``), as 8-bit grey, and their masks."""
    rows, cols = np.mgrid[:SIZE, :SIZE]
    row, col, radius = rng.uniform(55, 105, 2).tolist() + [rng.uniform(18, 30)]
    knob = (rows - row) ** 2 + (cols - col) ** 2 <= radius**2
    bar = (cols > 8) & (cols < 28) & (rows > 20) & (rows < 140)
    grey = cv2.GaussianBlur(rng.uniform(0, 1, (SIZE, SIZE)).astype(np.float32), (0, 0), 2)
    grey = 90 + 60 * (grey - 0.5) + 110 * knob - 70 * bar
    return np.clip(grey + rng.normal(0, 4, grey.shape), 0, 255).astype(np.uint8), {"knob": knob, "bar": bar}


def write_own_films(folder: Path, count: int, structures: tuple[str, ...] = ("knob", "bar")) -> Path:
    """Write ``count`` films with masks of the structures, and a manifest with a patient each."""
    rng = np.random.default_rng(0)
    (folder / "images").mkdir(parents=True)
    lines = ["image,patient,sex,age,view"]
    for number in range(count):
        grey, masks = drawn_film(rng)
        name = f"film_{number:02d}.png"
        cv2.imwrite(str(folder / "images" / name), grey)
        for structure in structures:
            (folder / "masks" / structure).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / "masks" / structure / name), masks[structure].astype(np.uint8) * 255)
        lines.append(f"{name},patient {number},{'FM'[number % 2]},{40 + number},PA")
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
