"""A settings file moves the thresholds; a wrong one is told in one plain line."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from radcaliper.pipelines.settings import BadSettings, read_settings, rules_of
from radcaliper.qc.status_rules import DEFAULT_RULES, StatusRules

ROOT = Path(__file__).resolve().parents[2]

LINES = DEFAULT_RULES.review_below_by_structure  # tubes have limits of their own


def rules(text: str) -> StatusRules:
    return rules_of(tomllib.loads(text))


def test_no_file_and_an_empty_file_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.toml").write_text("")
    assert read_settings(None) == read_settings(tmp_path / "empty.toml") == DEFAULT_RULES


def test_the_documented_file_holds_the_default_values() -> None:
    example = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8"), re.S)
    found = rules(example[0])
    assert found.review_below_by_structure == {**LINES, "heart": DEFAULT_RULES.review_below}
    assert (found.review_below, found.refuse_below) == (DEFAULT_RULES.review_below, DEFAULT_RULES.refuse_below)
    assert (found.widest_angle, found.widest_share) == (DEFAULT_RULES.widest_angle, DEFAULT_RULES.widest_share)
    assert (found.widest, found.allowed) == (DEFAULT_RULES.widest, DEFAULT_RULES.allowed)


def test_a_structure_and_a_measurement_may_have_their_own_limits() -> None:
    found = rules('[masks.heart]\nreview_below = 0.9\n[numbers.widest]\nccd_angle = 12\n[films]\nallowed = ["rotated"]')
    assert found.review_below_by_structure == {**LINES, "heart": 0.9}
    assert found.widest["ccd_angle"] == 12
    assert found.allowed == ("rotated",)


def test_a_tubes_distance_has_a_limit_of_its_own() -> None:
    assert rules("[numbers.widest]\nett_tip_to_carina = 20").widest["ett_tip_to_carina"] == 20


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[mask]\nreview_below = 0.9", "'mask' is not known"),
        ("masks = 3", "masks must be a table"),
        ("[masks]\nreview_below = 1.2", "masks.review_below must be a number from 0 to 1"),
        ("[masks]\nreview_below = true", "must be a number"),
        ("[masks]\nreview_below = 0.3", "must not exceed"),
        ("[masks.knee]\nreview_below = 0.3", "'knee' is not known"),
        ("[masks.heart]\nbelow = 0.3", "'below' is not known"),
        ("[numbers.widest]\nblood_pressure = 3", "'blood_pressure' is not known"),
        ("[numbers]\nwidest_angle = -1", "numbers.widest_angle must be a number"),
        ('[films]\nallowed = "rotated"', "must be a list"),
        ('[films]\nallowed = ["turned"]', "'turned' is not known"),
    ],
)
def test_what_is_wrong_is_said(text: str, words: str) -> None:
    with pytest.raises(BadSettings, match=re.escape(words)) as caught:
        rules(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [None, b"= 3", b"\xff\xfe\x00", b"[masks]\nreview_below = 2"])
def test_the_command_line_stops_with_two(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "rules.toml"
    if content is not None:
        path.write_bytes(content)
    arguments = ["measure", str(ROOT / "docs"), "-o", str(tmp_path / "out"), "--settings", str(path)]
    done = subprocess.run([sys.executable, "-m", "radcaliper", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "rules.toml" in done.stderr
    assert not (tmp_path / "out").exists()
