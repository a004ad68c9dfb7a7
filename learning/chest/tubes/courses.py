"""Random courses of tubes and catheters through one anatomy, as control points from entry to tip.

Distances are in millimetres of the anatomy; patient left is to the right of the image.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from radcaliper.learning.chest.tubes.anatomy import Anatomy, column_at
from radcaliper.learning.chest.tubes.lines import smooth_path
from radcaliper.measurements.tubes.course import CoursePath, length_ahead


def _cut(path: CoursePath, length: float) -> CoursePath:
    """A densely sampled course that ends ``length`` pixels before its end."""
    kept = path[length_ahead(path) >= length]
    return kept if len(kept) > 2 else path[:3]


def _jittered(path: CoursePath, sway: float, rng: Generator) -> CoursePath:
    """The control points, each moved sideways at random."""
    moved = path + np.stack([np.zeros(len(path)), rng.normal(0, sway, len(path))], axis=1)
    moved[0] = path[0] + [0, rng.normal(0, 2 * sway)]
    return np.asarray(moved)


def endotracheal_course(anatomy: Anatomy, rng: Generator) -> CoursePath:
    """Down the trachea to above, at or beyond the carina, seldom into the left main bronchus."""
    mm, trachea = anatomy.mm, anatomy["trachea"]
    sparse = trachea[[0, *range(1, len(trachea) - 1, 3), len(trachea) - 1]]
    shaped = _jittered(sparse, 1.2 * mm, rng) + np.array([0, rng.normal(0, 1.5)]) * mm
    where = rng.random()
    if where < 0.12:
        bronchus = "left_bronchus" if rng.random() < 0.2 else "right_bronchus"
        return _cut(smooth_path(np.concatenate([shaped[:-1], anatomy[bronchus]])), rng.uniform(0, 30) * mm)
    above = rng.normal(42, 18) if where < 0.85 else rng.uniform(-2, 20) if where < 0.94 else rng.uniform(70, 110)
    return _cut(smooth_path(shaped), max(-2.0, above) * mm)


def tracheostomy_course(anatomy: Anatomy, rng: Generator) -> CoursePath:
    """From the stoma at the root of the neck a few centimetres down the trachea."""
    mm, trachea = anatomy.mm, anatomy["trachea"]
    tip = trachea[-1, 0] - rng.uniform(25, 70) * mm
    rows = np.array([tip - length for length in (rng.uniform(45, 75) * mm, 35 * mm, 18 * mm, 0.0)])
    lean = rng.normal(0, 3) * np.linspace(1, 0, 4) + rng.normal(0, 1.5)
    cols = np.array([column_at(trachea, float(row)) for row in rows]) + lean * mm
    return smooth_path(np.stack([rows, cols], axis=1))


def _oesophagus(anatomy: Anatomy, rng: Generator) -> CoursePath:
    """Control points of the oesophagus from the neck to the hiatus."""
    mm, spine, carina = anatomy.mm, anatomy["spine"], anatomy["trachea"][-1]
    hiatus_row = float(anatomy["left_dome"][0, 0]) + rng.uniform(0, 25) * mm
    top = anatomy["trachea"][0]
    rows = [top[0], carina[0] - 75 * mm, carina[0] - 35 * mm, carina[0], carina[0] + 40 * mm]
    rows = [*(row for row in rows if row < hiatus_row - 25 * mm), hiatus_row]
    shift = rng.normal(1, 5)
    leans = [rng.normal(0, 4), *rng.normal(shift, 3.0, len(rows) - 2), rng.normal(16, 6)]
    return np.array([[row, column_at(spine, row) + lean * mm] for row, lean in zip(rows, leans, strict=True)])


def _coil(end: CoursePath, mm: float, rng: Generator) -> CoursePath:
    """A loop that begins at the end of a course."""
    radius, turn = rng.uniform(8, 24) * mm, rng.choice([-1, 1])
    angles = np.arange(1, rng.integers(4, 9)) * np.pi / 3
    centre = end + np.array([0, turn * radius])
    return np.stack([centre[0] + radius * np.sin(angles), centre[1] - turn * radius * np.cos(angles)], axis=1)


def gastric_course(anatomy: Anatomy, rng: Generator) -> CoursePath:
    """Down the oesophagus into the stomach; too short, coiled, or in a bronchus at times."""
    mm, where = anatomy.mm, rng.random()
    if where < 0.06:
        bronchus = anatomy[rng.choice(["right_bronchus", "left_bronchus"])]
        onward = bronchus[-1] + (bronchus[-1] - bronchus[0]) * rng.uniform(0.2, 1.6)
        airway = anatomy["trachea"][[0, len(anatomy["trachea"]) // 2]]
        return smooth_path(np.concatenate([_jittered(airway, 2 * mm, rng), bronchus, onward[None]]))
    oesophagus = _oesophagus(anatomy, rng)
    if where < 0.13:
        return _cut(smooth_path(oesophagus), rng.uniform(0, 110) * mm)
    if where < 0.18:
        kept = oesophagus[: rng.integers(3, len(oesophagus))]
        return smooth_path(np.concatenate([kept, _coil(kept[-1], mm, rng)]))
    hiatus = oesophagus[-1]
    fundus = hiatus + np.array([rng.uniform(18, 45), rng.uniform(15, 45)]) * mm
    corpus = fundus + np.array([rng.uniform(15, 70), rng.uniform(-15, 35)]) * mm
    stomach = [hiatus + (fundus - hiatus) * 0.5 + rng.normal(0, 2, 2) * mm, fundus]
    if where < 0.85:
        stomach.append(corpus)
    if where < 0.60:
        antrum = corpus + np.array([rng.uniform(5, 50), -rng.uniform(20, 70)]) * mm
        stomach += [antrum, antrum + np.array([rng.uniform(-30, 20), -rng.uniform(20, 60)]) * mm]
    if where > 0.85 and rng.random() < 0.6:
        stomach = [*stomach, *_coil(fundus, mm, rng)]
    return _cut(smooth_path(np.concatenate([oesophagus, np.array(stomach)])), rng.uniform(0, 40) * mm)


def _cava(anatomy: Anatomy, rng: Generator, begin: float) -> CoursePath:
    """Control points down the superior vena cava and the right atrium, from ``begin`` mm below the carina on."""
    mm, carina = anatomy.mm, anatomy["trachea"][-1]
    rows = carina[0] + np.arange(begin, 95, 22) * mm
    border = np.array([column_at(anatomy["right_border"], row) for row in rows]) + rng.uniform(3, 11) * mm
    spine = np.array([column_at(anatomy["spine"], row) for row in rows])
    cols = np.clip(border, spine - 45 * mm, spine - 8 * mm) + rng.normal(0, 1.5, len(rows)) * mm
    smooth = np.convolve(np.pad(cols, 1, mode="edge"), np.ones(3) / 3, "valid")
    return np.stack([rows, smooth], axis=1)


def _jugular(anatomy: Anatomy, side: str, rng: Generator) -> CoursePath:
    mm, trachea = anatomy.mm, anatomy["trachea"]
    outward = -1 if side == "right" else 1
    top, low = trachea[0, 0], float(anatomy[f"{side}_clavicle"][0, 0])
    if top > low - 25 * mm:
        top = low - 60 * mm
    lean = rng.uniform(22, 45)
    high = [top, column_at(anatomy["spine"], top) + outward * (lean + rng.uniform(-5, 25)) * mm]
    middle = [(top + low) / 2, column_at(anatomy["spine"], low) + outward * lean * mm]
    end = [low + rng.uniform(-5, 8) * mm, column_at(anatomy["spine"], low) + outward * rng.uniform(20, 36) * mm]
    return np.array([high, middle, end])


def _under_clavicle(anatomy: Anatomy, side: str, rng: Generator) -> CoursePath:
    """From the arm or the skin below the clavicle to its medial end."""
    mm, outward = anatomy.mm, -1 if side == "right" else 1
    shoulder, medial = anatomy[f"{side}_shoulder"][0], anatomy[f"{side}_clavicle"][0]
    medial = medial + np.array([rng.uniform(-4, 10), outward * rng.uniform(-2, 14)]) * mm
    apex = (shoulder + medial) / 2 + np.array([rng.uniform(-4, 16), rng.normal(0, 8)]) * mm
    if rng.random() < 0.55:  # from the arm
        axilla = shoulder + np.array([rng.uniform(20, 70), outward * rng.uniform(0, 35)]) * mm
        arm = axilla + np.array([rng.uniform(40, 120), outward * rng.uniform(0, 30)]) * mm
        return np.array([arm, axilla, (axilla + apex) / 2 + rng.normal(0, 4, 2) * mm, apex, medial])
    entry = apex + np.array([rng.uniform(-8, 22), outward * rng.uniform(15, 50)]) * mm
    return np.array([entry, apex, medial])


def venous_course(anatomy: Anatomy, rng: Generator) -> CoursePath:
    """From the neck, below a clavicle or an arm to the cavo-atrial junction, or into a wrong vein."""
    mm, carina = anatomy.mm, anatomy["trachea"][-1]
    side = "right" if rng.random() < 0.62 else "left"
    from_neck = rng.random() < 0.45
    entry = _jugular(anatomy, side, rng) if from_neck else _under_clavicle(anatomy, side, rng)
    where = rng.random()
    if where < 0.05 and not from_neck:  # up into the neck
        return _cut(smooth_path(np.concatenate([entry, _jugular(anatomy, side, rng)[1::-1]])), rng.uniform(0, 30) * mm)
    if where < 0.09:  # short of the great veins
        return _cut(smooth_path(entry), rng.uniform(0, 25) * mm)
    begin = rng.uniform(-30, -12)
    cava = _cava(anatomy, rng, begin)
    if side == "left":
        low, high = cava[0], entry[-1]
        across = low + (high - low) * np.array([[0.45], [0.2]]) + rng.normal(0, 3, (2, 2)) * mm
        across[:, 0] = np.minimum(across[:, 0], low[0] - 2 * mm)
        entry = np.concatenate([entry, across])
    last = carina[0] + (rng.normal(22, 22) if where < 0.93 else rng.uniform(60, 95)) * mm
    last = max(last, cava[0, 0] + 4 * mm)
    course = np.concatenate([entry, cava])
    if where > 0.96:  # through the heart into a pulmonary artery
        heart = carina + np.array([[95, 10], [105, 35], [70, 50], [25, 35], [8, 10], [12, -25]]) * mm
        through = np.concatenate([course[course[:, 0] < carina[0] + 85 * mm], heart])
        return _cut(smooth_path(through), rng.uniform(0, 45) * mm)
    path = smooth_path(course)
    below = np.flatnonzero(path[len(path) // 3 :, 0] > last)
    return path[: len(path) // 3 + int(below[0])] if len(below) else path


def pacemaker_courses(anatomy: Anatomy, side: str, box: CoursePath, rng: Generator) -> list[CoursePath]:
    """One to three leads from a generator at ``box`` (2,) below a clavicle through the great veins into the heart."""
    mm, carina = anatomy.mm, anatomy["trachea"][-1]
    outward = -1 if side == "right" else 1
    vein = anatomy[f"{side}_clavicle"][0] + np.array([rng.uniform(-4, 12), outward * rng.uniform(0, 18)]) * mm
    entry = vein + np.array([rng.uniform(0, 14), outward * rng.uniform(25, 45)]) * mm
    cava = _cava(anatomy, rng, rng.uniform(-25, -10))
    across = [] if side == "right" else [(cava[0] + vein) / 2 + np.array([rng.uniform(0, 8), 0.0]) * mm]
    atrium = cava[min(len(cava) - 1, 3)]
    apex = carina + np.array([rng.uniform(90, 130), rng.uniform(25, 65)]) * mm
    valve = (atrium + apex) / 2 + np.array([rng.uniform(8, 25), rng.normal(0, 6)]) * mm
    appendage = atrium + np.array([-rng.uniform(5, 25), rng.uniform(8, 22)]) * mm
    lateral = carina + np.array([rng.uniform(50, 85), rng.uniform(50, 80)]) * mm
    ends = [
        [valve, apex],
        [atrium + np.array([10.0, 4.0]) * mm, appendage],
        [valve - np.array([15.0, 0.0]) * mm, lateral],
    ]
    chosen = [0] if rng.random() < 0.4 else [0, 1] if rng.random() < 0.75 else [0, 1, 2]
    made = []
    for number in chosen:
        points = [box, entry, vein, *across, *cava[:3], *ends[number]]
        made.append(smooth_path(np.array(points) + rng.normal(0, 1.5, (len(points), 2)) * mm))
    return made


def random_course(shape: tuple[int, int], rng: Generator) -> CoursePath:
    """A random line over the film that begins at an edge."""
    size = np.array(shape, float)
    edge = rng.integers(4)
    start = rng.random(2) * size
    start[edge // 2] = -5.0 if edge % 2 else size[edge // 2] + 5
    end = rng.random(2) * size if rng.random() < 0.7 else start + rng.normal(0, 0.5, 2) * size
    count = rng.integers(1, 4)
    bend = rng.normal(0, rng.uniform(0.02, 0.16), (count, 2)) * size.mean()
    shares = np.linspace(0, 1, count + 2)[1:-1, None]
    return smooth_path(np.concatenate([start[None], start + (end - start) * shares + bend, end[None]]))


def skin_wire_course(anatomy: Anatomy, rng: Generator) -> CoursePath:
    """A wire on the skin from the neck or a shoulder over the mediastinum, where tubes run too."""
    mm, carina, side = anatomy.mm, anatomy["trachea"][-1], str(rng.choice(["left", "right"]))
    neck = np.array([anatomy["trachea"][0, 0] - 20 * mm, carina[1] + rng.normal(0, 45) * mm])
    shoulder = anatomy[f"{side}_shoulder"][0] + rng.normal(0, 20, 2) * mm
    start = neck if rng.random() < 0.5 else shoulder
    middle = carina + np.array([rng.uniform(-50, 90), rng.normal(0, 35)]) * mm
    end = middle + np.array([rng.uniform(50, 260), rng.normal(0, 50)]) * mm
    sag = (start + middle) / 2 + rng.normal(0, 14, 2) * mm
    return smooth_path([start, sag, middle, (middle + end) / 2 + rng.normal(0, 12, 2) * mm, end])
