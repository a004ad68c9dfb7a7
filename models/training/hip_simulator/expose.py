"""From what lies in the beam to a grey film: exposure, scatter, gas, folds, noise, film curve, markings.

Everything here varies live, film by film, on layers rendered once. Greys are in [0, 1] with bone bright, unless the film
came out inverted.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.models.training.hip_simulator.film import Layers
from radcaliper.models.training.hip_simulator.markings import add_markings
from radcaliper.models.training.hip_simulator.projection import Image

SOFT_PER_MM: Final = 0.02
"""Attenuation of muscle at about 75 kV, 1/mm (NIST: 0.2 1/cm near 60 keV)."""
INVERTED_SHARE: Final = 0.06


def blurred(image: Image, sigma: float) -> Image:
    """Gaussian blur; wide ones are made on a smaller image."""
    if sigma < 6:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), max(sigma, 0.05)), np.float32)
    step = sigma / 3
    height, width = image.shape
    small = cv2.resize(image, (max(2, round(width / step)), max(2, round(height / step))), interpolation=cv2.INTER_AREA)
    return np.asarray(
        cv2.resize(cv2.GaussianBlur(small, (0, 0), 3), (width, height), interpolation=cv2.INTER_CUBIC), np.float32
    )


def texture(rng: np.random.Generator, shape: tuple[int, int], sigma: tuple[float, float]) -> Image:
    """Noise of mean 0 and standard deviation 1 that varies over ``sigma`` (rows, columns) pixels."""
    height, width = shape
    step = [max(1.0, s / 2) for s in sigma]
    small = rng.standard_normal((int(height / step[0]) + 2, int(width / step[1]) + 2), dtype=np.float32)
    small = cv2.GaussianBlur(small, (0, 0), sigmaX=max(0.3, sigma[1] / step[1]), sigmaY=max(0.3, sigma[0] / step[0]))
    noise = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray((noise - noise.mean()) / (noise.std() + 1e-6), np.float32)


def _trabeculae(rng: np.random.Generator, bone: Image, pixel_mm: float) -> Image:
    """Bone with the fine and the patchy unevenness of its spongiosa, in fractions of its thickness."""
    fine = texture(rng, bone.shape, (rng.uniform(0.8, 2.0) / pixel_mm, rng.uniform(0.8, 1.6) / pixel_mm))
    patchy = texture(rng, bone.shape, (7 / pixel_mm, 7 / pixel_mm))
    return np.asarray(
        bone * np.clip(1 + rng.uniform(0.02, 0.1) * fine + rng.uniform(0.02, 0.1) * patchy, 0.3, 2), np.float32
    )


def _muscles(rng: np.random.Generator, soft: Image, pixel_mm: float, crotch_row: float) -> Image:
    """Soft tissue with bundles of muscle along the thighs, fat between them, and skin."""
    bundles = texture(rng, soft.shape, (rng.uniform(30, 70) / pixel_mm, rng.uniform(4, 9) / pixel_mm))
    strands = texture(rng, soft.shape, (rng.uniform(10, 25) / pixel_mm, 1.5 / pixel_mm))
    patches = texture(rng, soft.shape, (18 / pixel_mm, 18 / pixel_mm))
    depth = (np.arange(soft.shape[0]) - crotch_row)[:, None] * pixel_mm
    bundles = bundles / (1 + np.exp(-depth / 25))  # the thighs' muscles run lengthwise, the trunk's do not
    uneven = rng.uniform(0.005, 0.035) * bundles + rng.uniform(0, 0.01) * strands + rng.uniform(0.01, 0.04) * patches
    fat = blurred((soft < 0.55 * float(soft.max())).astype(np.float32), 6 / pixel_mm)
    return np.asarray(soft * (1 + uneven) * (1 - rng.uniform(0, 0.15) * fat), np.float32)


def _gas(rng: np.random.Generator, layers: Layers) -> Image:
    """Millimetres of gas and of uneven stool in the bowel, above the crotch; gas is negative."""
    shape, mm = layers.soft.shape, layers.pixel_mm
    row, col = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    total = np.zeros(shape, np.float32)
    for _ in range(rng.integers(0, 9)):
        at = (layers.crotch[0] - rng.uniform(70, 260) / mm, layers.crotch[1] + rng.normal(0, 50) / mm)
        size = rng.uniform(8, 32, 2) / mm
        angle = rng.uniform(0, np.pi)
        dr, dc = row - at[0], col - at[1]
        u, v = dr * np.cos(angle) + dc * np.sin(angle), dc * np.cos(angle) - dr * np.sin(angle)
        wobble = 1 + 0.25 * texture(rng, shape, (12 / mm, 12 / mm))
        inside = np.clip(1 - ((u / size[0]) ** 2 + (v / size[1]) ** 2) * wobble, 0, None)
        total -= rng.uniform(8, 40) * np.sqrt(inside)
    centre = (layers.crotch[0] - 140 / mm, layers.crotch[1])
    region = np.exp(-(((row - centre[0]) * mm / 80) ** 2) - ((col - centre[1]) * mm / 75) ** 2)
    stool = texture(rng, shape, (rng.uniform(4, 8) / mm, rng.uniform(4, 8) / mm))
    return np.asarray(total + rng.uniform(0, 6) * region * stool, np.float32)


def _bezier(start: NDArray[np.float64], end: NDArray[np.float64], bow: float) -> NDArray[np.float64]:
    along = end - start
    control = (start + end) / 2 + bow * np.array([-along[1], along[0]])
    t = np.linspace(0, 1, 30)[:, None]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end


def _folds(rng: np.random.Generator, layers: Layers) -> Image:
    """Millimetres of tissue doubled or missing along folds of skin and cloth: groin, buttock, belly, gown."""
    shape, mm = layers.soft.shape, layers.pixel_mm
    total = np.zeros(shape, np.float32)
    crotch = np.array(layers.crotch)
    curves = []
    for outward in (-1, 1):
        for rise, reach in ((rng.uniform(30, 110), rng.uniform(70, 150)), (rng.uniform(-10, 40), rng.uniform(90, 170))):
            if rng.random() < 0.65:
                curves.append((crotch, crotch + np.array([-rise, outward * reach]) / mm, rng.uniform(-0.2, 0.2)))
    for _ in range(rng.integers(0, 4)):
        ends = rng.uniform(0, 1, (2, 2)) * shape
        curves.append((ends[0], ends[1], rng.uniform(-0.3, 0.3)))
    for start, end, bow in curves:
        line = _bezier(start, end, bow)
        edge, band = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
        points = np.round(line[:, ::-1] * 8).astype(np.int32)[None]
        cv2.polylines(edge, points, False, 255, max(1, round(rng.uniform(1, 4) / mm)), cv2.LINE_AA, 3)
        total += rng.uniform(-14, 8) * blurred(np.float32(edge) / 255, rng.uniform(0.5, 2.5) / mm)
        beyond = line[::-1] + rng.uniform(6, 25) / mm * np.array([1.0, 0.2])
        cv2.fillPoly(band, [np.round(np.concatenate([line, beyond])[:, ::-1]).astype(np.int32)], 255)
        total += rng.uniform(-4, 10) * blurred(np.float32(band) / 255, 1.5 / mm)
    return np.asarray(total, np.float32)


def _penetrate(rng: np.random.Generator, layers: Layers) -> Image:
    """Intensity (H, W) behind the patient, 1 in free air, with scatter and quantum noise."""
    mm = layers.pixel_mm
    soft = _muscles(rng, layers.soft, mm, layers.crotch[0])
    soft = np.clip(soft + (_gas(rng, layers) + _folds(rng, layers)) * (layers.soft > 0), 0, None)
    bone = _trabeculae(rng, layers.femora, mm) * rng.uniform(0.85, 1.15) + _trabeculae(rng, layers.pelvis, mm)
    line = SOFT_PER_MM * rng.uniform(0.8, 1.1) * soft + rng.uniform(0.028, 0.055) * bone + 0.25 * layers.metal
    primary = np.exp(-line).astype(np.float32)
    scattered = blurred(primary, rng.uniform(15, 40) / mm) * rng.uniform(0.1, 0.8)
    behind = primary + scattered
    behind = blurred(behind, rng.uniform(0.15, 0.7) / mm)
    usual = float(np.median(behind[layers.soft > 0])) if (layers.soft > 0).any() else 1.0
    noise = np.exp(rng.uniform(np.log(0.002), np.log(0.035))) * np.sqrt(usual)
    grain = rng.standard_normal(behind.shape, dtype=np.float32)
    if rng.random() < 0.5:
        grain = blurred(grain, rng.uniform(0.4, 0.9)) * 1.5
    return np.asarray(np.clip(behind + noise * grain * np.sqrt(behind), 1e-5, None), np.float32)


def _developed(rng: np.random.Generator, behind: Image, layers: Layers) -> Image:
    """Grey in [0, 1], bone bright: logarithm, the reader's enhancement, window, film curve."""
    density, body, mm = -np.log(behind), layers.soft > 0.25 * layers.soft.max(), layers.pixel_mm
    thin, thick = np.quantile(density[body], [0.005, 0.995])
    density = np.clip(density, thin - 0.6, thick + 0.4)
    if rng.random() < 0.85:  # processors flatten what varies widely and sharpen what is fine
        evened = np.clip(density, thin, thick)
        density = density - rng.uniform(0.2, 0.85) * blurred(evened, rng.uniform(15, 60) / mm)
    if rng.random() < 0.5:
        density = density + rng.uniform(0, 1.5) * (density - blurred(density, rng.uniform(0.6, 3) / mm))
    low, high = np.quantile(density[body], [rng.uniform(0.0, 0.06), rng.uniform(0.985, 0.9995)])
    low -= rng.uniform(0, 0.35) * (high - low)
    grey = np.clip((density - low) / max(float(high - low), 1e-3), 0, 1)
    grey = grey ** rng.uniform(0.7, 1.6)
    if rng.random() < 0.5:
        steep = rng.uniform(2, 7)
        grey = 1 / (1 + np.exp(-steep * (grey - rng.uniform(0.35, 0.65))))
        grey = (grey - grey.min()) / max(float(np.ptp(grey)), 1e-3)
    if rng.random() < 0.25:  # a flat film
        grey = rng.uniform(0, 0.4) + grey * rng.uniform(0.3, 0.6)
    return np.asarray(np.clip(grey, 0, 1), np.float32)


def expose(layers: Layers, rng: np.random.Generator) -> Image:
    """A grey film (H, W) float32 in [0, 1] of these layers, different for every ``rng``."""
    grey = _developed(rng, _penetrate(rng, layers), layers)
    grey = add_markings(rng, grey, layers.pixel_mm)
    levels = 255 if rng.random() < 0.95 else rng.integers(24, 64)
    grey = np.round(grey * levels) / levels
    return np.asarray(1 - grey if rng.random() < INVERTED_SHARE else grey, np.float32)
