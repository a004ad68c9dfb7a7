"""What a canvas shows of a film, in closed form."""

from __future__ import annotations

import pytest

from radcaliper.napari_plugin.screen_view import view_of


def test_a_film_that_is_wholly_seen_has_a_little_room_around_it() -> None:
    view = view_of((100, 200), (50.0, 100.0), (2.0, 2.0), (1000, 1000))
    assert (view.top, view.left) == (-6.0, -12.0)
    assert view.shape == (224, 448)
    assert view.xy([(0.0, 0.0)])[0].tolist() == [24.0, 12.0]


def test_of_a_film_that_is_zoomed_the_canvas_s_part_is_drawn() -> None:
    view = view_of((1000, 1000), (500.0, 300.0), (4.0, 2.0), (400, 600))
    assert (view.top, view.left, view.shape) == (450.0, 150.0, (400, 600))
    assert view.first_pixel == (pytest.approx(450.125), pytest.approx(150.25))


def test_nothing_is_drawn_of_a_film_outside_the_canvas() -> None:
    assert 0 in view_of((100, 100), (5000.0, 50.0), (1.0, 1.0), (400, 400)).shape
