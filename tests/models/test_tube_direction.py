"""Which end of a line is its tip."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from radcaliper.measurements.types import Radiograph
from radcaliper.models.tubes.candidates import find_candidates
from radcaliper.models.tubes.channels import REPORTED, TUBE_CHANNELS
from radcaliper.models.tubes.courses import courses_of
from radcaliper.models.tubes.window import COLS, ROWS, Window

VEINS_END = np.array([100.0, 75.0])
ANY = {"constant": 0.0, "slope": 1.0}


def test_a_catheter_with_a_loop_above_ends_at_the_heart() -> None:
    maps = np.zeros((len(TUBE_CHANNELS), ROWS // 2, COLS // 2), np.float32)
    body = maps[TUBE_CHANNELS.index("cvc")]
    cv2.polylines(body, [np.array([[70, 150], [72, 100], [74, 70]])], False, 1.0, 3)
    cv2.circle(body, (74, 58), 12, 1.0, 3)  # no free end above
    cv2.circle(maps[TUBE_CHANNELS.index("carina")], (95, 130), 2, 1.0, -1)
    film, window = Radiograph(np.zeros((ROWS, COLS), np.float32)), Window(0, 0, ROWS, COLS)
    (tube,) = find_candidates(maps, film, window, dict.fromkeys(REPORTED, ANY)).tubes
    assert tube.kind == "cvc"
    assert tube.tip.row > tube.path[0, 0] + 100


def test_a_line_that_becomes_a_lead_in_the_heart_is_followed_there_and_is_less_of_a_catheter() -> None:
    maps = np.zeros((len(TUBE_CHANNELS), ROWS // 2, COLS // 2), np.float32)
    cv2.polylines(maps[TUBE_CHANNELS.index("cvc")], [np.array([[20, 40], [70, 50], [75, 110]])], False, 1.0, 3)
    whole = courses_of("cvc", maps, VEINS_END, ANY)[0]
    lead = maps.copy()
    cv2.polylines(lead[TUBE_CHANNELS.index("pacemaker_lead")], [np.array([[75, 110], [90, 170]])], False, 1.0, 3)
    longer = courses_of("cvc", lead, VEINS_END, ANY)[0]
    assert longer.path[-1, 0] > whole.path[-1, 0] + 50
    for name in ("certainty", "continuity"):
        assert longer.features[name] < whole.features[name], name


def test_a_tracheal_tube_ends_where_its_tip_is_hottest_near_its_course_or_ahead_of_it() -> None:
    maps = np.zeros((len(TUBE_CHANNELS), ROWS // 2, COLS // 2), np.float32)
    cv2.line(maps[TUBE_CHANNELS.index("ett")], (90, 5), (94, 120), 1.0, 3)
    heat = maps[TUBE_CHANNELS.index("ett_tip")]
    for row in (70, 140):  # on the course, which goes on along another line, and beyond the stripe's end
        heat[:] = 0
        cv2.circle(heat, (93, row), 2, 0.4, -1)
        (course,) = courses_of("ett", maps, VEINS_END, ANY)
        assert course.path[-1] == pytest.approx([row, 93], abs=1)
        assert course.path[0, 0] < 10
    heat[:] = 0
    cv2.circle(heat, (40, 140), 2, 0.9, -1)  # another's
    (course,) = courses_of("ett", maps, VEINS_END, ANY)
    assert course.path[-1, 0] == pytest.approx(120, abs=3)
    assert course.tip_heat == 0
