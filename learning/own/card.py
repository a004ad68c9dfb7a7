"""The card of a bundle of the user's own: what it finds, what it learned from, how well, and by what it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from radcaliper.learning.own.bundle import BundleFacts
from radcaliper.learning.own.progress import EpochRow


@dataclass(frozen=True)
class CardFacts:
    """What the card says besides the bundle's facts.

    ``counts`` is the number of films that were learned from, that chose the epoch, and that were judged; ``dice`` the
    table of the judged films, ``calibrated`` a line on each entry of the calibration.
    """

    counts: tuple[int, int, int]
    history: Sequence[EpochRow]
    dice: pd.DataFrame
    calibrated: Sequence[str]
    problems: Sequence[str]
    has_curve: bool


def _table(table: pd.DataFrame) -> str:
    rows = [[str(column) for column in table.columns], ["---"] * len(table.columns)]
    rows += [["" if pd.isna(cell) else str(cell) for cell in row] for row in table.itertuples(index=False)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def card_of(facts: BundleFacts, card: CardFacts) -> str:
    """The card, in Markdown."""
    learned, chosen, judged = card.counts
    best = max(card.history, key=lambda row: row.dice)
    films = f"of the {facts.protocol} protocol" if facts.protocol else "that no protocol of radcaliper measures"
    curve = "\n![Loss and validation Dice by epoch](validation.png)\n" if card.has_curve else ""
    left_out = f"\n## Left out\n\n{_listed(card.problems)}\n" if card.problems else ""
    return f"""# {facts.name}

Finds {", ".join(facts.structures)} on films {films}. Made by `radcaliper train`.

**Intended use:** research. Not a medical device.
**Licence:** {facts.licence}.

## Network and training

{facts.network}, {facts.size} x {facts.size} pixels with the film's aspect kept, one sigmoid channel a structure,
started from {facts.start}. {learned} films were learned from, {chosen} chose the epoch
({best.epoch + 1} of {len(card.history)}, validation Dice {best.dice:.3f}), {judged} were judged once, at the end. Films
of one patient are always in the same part, by a hash of the patient.
{curve}
## Figures, on the films that were judged

{_table(card.dice)}

Every film was learned from, chosen by, or judged with labels of one origin: on films of other machines and other
hospitals the network may do worse, and `radcaliper evaluate` on such films says how much.

## Calibration

On the films that were judged and those that chose the epoch, undamaged and damaged:

{_listed(card.calibrated)}
{left_out}"""
