"""The measuring process is told the options that the viewer has."""

from __future__ import annotations

import json
from dataclasses import asdict

from radcaliper.pipelines.results.masks import MaskFormat
from radcaliper.pipelines.running.film import FilmOptions
from radcaliper.pipelines.running.process import _options_of
from radcaliper.qc.status_rules import StatusRules


def test_options_come_through_json_unchanged() -> None:
    rules = StatusRules(review_below=0.9, widest={"ccd_angle": 12.0}, allowed=("rotated",))
    options = FilmOptions("chest", 0.2, MaskFormat.RLE, overlays=False, rules=rules)
    assert _options_of(json.loads(json.dumps(asdict(options)))) == options
