"""Colours are told apart on a film, by everybody."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from radcaliper.measurements.specs import Rgb, StructureSpec
from radcaliper.measurements.structures import STRUCTURES, structures_of
from radcaliper.pipelines.protocols.hip.overlay import HEAD_COLOUR, NECK_COLOUR, SHAFT_COLOUR
from radcaliper.pipelines.protocols.spine.overlay import CURVE_COLOURS

EYES = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
"""What linear red, green and blue become for an eye (Machado, Oliveira, Fernandes 2009, severity 1)."""


def linear(colour: Rgb) -> np.ndarray:
    share = np.array(colour) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def seen(colour: Rgb, eye: str) -> np.ndarray:
    """The colour in CIE Lab as an eye sees it."""
    light = np.clip(EYES[eye] @ linear(colour), 0, 1)
    return rgb2lab(np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055))


def distance(a: Rgb, b: Rgb) -> float:
    """The least difference (CIEDE2000) of two colours to any of the eyes; 2 is just seen side by side."""
    return min(float(deltaE_ciede2000(seen(a, eye), seen(b, eye))) for eye in EYES)


def kind(structure: StructureSpec) -> str:
    """The structure without its side: both sides may have one colour."""
    return structure.name.removeprefix("right_").removeprefix("left_")


def test_the_distance_is_zero_of_a_colour_to_itself_and_small_of_red_to_green() -> None:
    assert distance((10, 20, 30), (10, 20, 30)) == 0
    assert distance((255, 0, 0), (0, 160, 0)) < distance((255, 0, 0), (0, 0, 255))


@pytest.mark.parametrize("structure", STRUCTURES, ids=lambda each: f"{each.protocol}-{each.name}")
def test_every_structure_is_seen_on_the_dark_line_beneath_it(structure: StructureSpec) -> None:
    luminance = float(linear(structure.colour) @ [0.2126, 0.7152, 0.0722])
    assert (luminance + 0.05) / 0.05 >= 4.5  # WCAG's contrast against black


@pytest.mark.parametrize("protocol", ["chest", "spine", "hip"])
def test_structures_of_a_protocol_are_told_apart_by_every_eye(protocol: str) -> None:
    for a, b in combinations(structures_of(protocol), 2):
        if kind(a) != kind(b):
            assert distance(a.colour, b.colour) >= 10, (a.name, b.name)


def test_lines_of_an_overlay_are_told_apart_by_every_eye() -> None:
    vertebra = structures_of("spine")[-1].colour
    for colours in ((*CURVE_COLOURS, vertebra), (HEAD_COLOUR, NECK_COLOUR, SHAFT_COLOUR)):
        for a, b in combinations(colours, 2):
            assert distance(a, b) >= 10, (a, b)
