"""Every reason code is documented, and every documented one exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from radcaliper.qc.reasons import REASONS, worst_first

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"""(?:NotMeasurable|Finding)\(\s*"([a-z_0-9]+)"|reasons(?:\.add\(|=\()"([a-z_0-9]+)\"""")


def test_the_documentation_lists_the_codes() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", (ROOT / "docs" / "reasons.md").read_text(encoding="utf-8"), re.M)
    assert dict(rows) == REASONS


def test_codes_used_are_documented() -> None:
    parts = ("measurements", "qc", "pipelines")
    sources = [path.read_text(encoding="utf-8") for part in parts for path in (ROOT / part).rglob("*.py")]
    used = {code for source in sources for match in CODE.findall(source) for code in match if code}
    assert len(used) > 10
    assert used <= set(REASONS)


def test_reasons_stand_in_the_table_s_order() -> None:
    assert worst_first({"low_quality", "blank_film"}) == ("blank_film", "low_quality")
    with pytest.raises(KeyError):
        worst_first({"invented"})
