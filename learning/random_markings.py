"""Random letters and collimation borders on training films."""

from __future__ import annotations

import cv2
import torch
from monai.transforms import MapTransform, RandomizableTransform


class RandMarkingsd(RandomizableTransform, MapTransform):  # type: ignore[misc]
    """Draw letters and a frame of one grey on (1, S, S) films in [0, 1]; the labels underneath stay as they are."""

    def __init__(self, keys: str, prob: float) -> None:
        MapTransform.__init__(self, keys)
        RandomizableTransform.__init__(self, prob)

    def __call__(self, data: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Return the film's dictionary with the drawn-on copies."""
        film = dict(data)
        self.randomize(None)
        if not self._do_transform:
            return film
        for key in self.key_iterator(film):
            canvas = (torch.as_tensor(film[key])[0].clamp(0, 1) * 255).to(torch.uint8).numpy()
            size = canvas.shape[0]
            grey = int(self.R.choice([0, 255]))
            for _ in range(self.R.randint(0, 4)):
                text = "".join(self.R.choice(list("LRAPE4715 portable")) for _ in range(self.R.randint(1, 8)))
                place = (int(self.R.randint(0, size)), int(self.R.randint(0, size)))
                cv2.putText(canvas, text, place, cv2.FONT_HERSHEY_SIMPLEX, size / self.R.uniform(250, 900), grey, 1)
            if self.R.rand() < 0.5:
                sides = self.R.randint(0, size // 16, 4)
                canvas[: sides[0]], canvas[size - sides[1] :] = grey, grey
                canvas[:, : sides[2]], canvas[:, size - sides[3] :] = grey, grey
            film[key] = torch.from_numpy(canvas)[None].float() / 255
        return film
