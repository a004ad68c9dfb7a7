"""PNG files are read by others as what was written."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from radcaliper.measurements.region import Region
from radcaliper.pipelines.results.masks import decoded_mask
from radcaliper.pipelines.results.png import encoded_mask, encoded_png


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 1), (300, 211)])
def test_masks_are_0_and_255_of_8_bits(shape: tuple[int, int]) -> None:
    mask = np.random.default_rng(0).random(shape) > 0.5
    content = encoded_mask(Region.of(mask))
    picture = Image.open(io.BytesIO(content))
    assert (picture.mode, picture.size) == ("L", shape[::-1])
    assert np.array_equal(np.asarray(picture), mask.astype(np.uint8) * 255)
    assert np.array_equal(decoded_mask(content), mask)
    assert np.array_equal(decoded_mask(encoded_mask(Region.of(mask[:, ::-1]))), mask[:, ::-1])


@pytest.mark.parametrize("shape", [(1, 1), (40, 31), (40, 31, 3), (1, 2, 3)])
def test_pictures_keep_every_sample(shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    content = encoded_png(image)
    assert np.array_equal(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED), image)
    assert Image.open(io.BytesIO(content)).mode == ("L" if len(shape) == 2 else "RGB")


def test_nothing_is_no_picture() -> None:
    with pytest.raises(ValueError, match="cannot be encoded"):
        encoded_png(np.zeros((0, 4), np.uint8))
    with pytest.raises(ValueError, match="cannot be encoded"):
        encoded_mask(Region.of(np.zeros((4, 0), bool)))
