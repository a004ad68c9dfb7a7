"""What every protocol does, once: from a film to its analysis."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from radcaliper.measurements.own import own_measurement, own_structure
from radcaliper.measurements.region import RegionMasks, regions_of
from radcaliper.measurements.specs import MeasurementSpec, StructureSpec
from radcaliper.measurements.types import (
    Analysis,
    Finding,
    Landmark,
    MaskQuality,
    Masks,
    Measurement,
    Prediction,
    Radiograph,
    Status,
)
from radcaliper.models.registry import BUNDLES
from radcaliper.qc.calibration import Calibration
from radcaliper.qc.gates.film import acquisition_findings, film_findings
from radcaliper.qc.gates.lengths import has_implausible_length
from radcaliper.qc.mask_quality import mask_qualities
from radcaliper.qc.reasons import NOTES, worst_first
from radcaliper.qc.status_rules import DEFAULT_RULES, StatusRules

if TYPE_CHECKING:
    from radcaliper.pipelines.protocols.drawing import OverlayImage
    from radcaliper.pipelines.protocols.geometry import ProtocolGeometry
    from radcaliper.pipelines.review.protocol import ReviewProtocol

_NOT_SEEN: Final = "structure_not_seen"
"""A film of one hip shows no other: what is not on the film asks for no review."""
Geometry = TypeVar("Geometry")
"""What a protocol reads off a prediction before it measures, as the axes of both femora."""


@dataclass(frozen=True)
class Examination(Generic[Geometry]):
    """One film with all that is known of it before it is measured."""

    film: Radiograph
    prediction: Prediction
    geometry: Geometry
    qualities: tuple[MaskQuality, ...]
    findings: tuple[Finding, ...] = ()
    calibration: Calibration = field(default_factory=Calibration)
    """The user's own, which comes before the one that ships."""

    def quality(self, structure: str) -> MaskQuality:
        """The quality of a structure's mask."""
        return next(each for each in self.qualities if each.structure == structure)


def _no_geometry(film: Radiograph, prediction: Prediction) -> Any:  # noqa: ARG001  as masks alone are measured
    return None


def _never_inverted(film: Radiograph, masks: Masks) -> bool:  # noqa: ARG001
    return False


def _never_squashed(film: Radiograph, prediction: Prediction) -> None:  # noqa: ARG001
    return None


def _nothing_closer(film: Radiograph, prediction: Prediction) -> Mapping[str, Prediction]:  # noqa: ARG001
    return {}


@dataclass(frozen=True)
class Steps(Generic[Geometry]):
    """What differs between protocols, in the order in which it happens.

    ``predict`` asks the network; ``appears_inverted`` says by the masks whether bone is dark; ``unsquashed`` gives a
    film that was squashed its height back, with the prediction on it, and None for any other; ``locate`` reads off the
    prediction what gates and measurements share; ``gate`` says whether the film can be measured; ``look_closer`` asks
    further networks about parts of a film that can; ``measure`` makes the measurements, ``landmarks`` names the points;
    ``vital`` names the structures whose quality decides about the film, where these are not the protocol's.
    """

    predict: Callable[[Radiograph], Prediction]
    gate: Callable[[Examination[Geometry]], tuple[Finding, ...]]
    measure: Callable[[Examination[Geometry]], tuple[Measurement, ...]]
    landmarks: Callable[[Examination[Geometry], tuple[Measurement, ...]], Mapping[str, Landmark]]
    appears_inverted: Callable[[Radiograph, Masks], bool] = _never_inverted
    unsquashed: Callable[[Radiograph, Prediction], tuple[Radiograph, Prediction] | None] = _never_squashed
    locate: Callable[[Radiograph, Prediction], Geometry] = _no_geometry
    look_closer: Callable[[Radiograph, Prediction], Mapping[str, Prediction]] = _nothing_closer
    vital: Callable[[Examination[Geometry]], Collection[str]] | None = None


@dataclass(frozen=True)
class Protocol:
    """How one kind of film is measured.

    ``views`` are the views that it measures, and ``other_view`` the reason why it refuses another; a protocol without
    views judges every film by its own gate. ``main`` names the measurement without which a film is not ``ok``.
    ``steps``, ``overlay``, ``review``, ``evaluation`` and ``geometry`` name, as ``module:attribute``, the ``Steps``,
    the function that draws an analysis, the ``ReviewProtocol``, the ``Evaluation`` and the ``ProtocolGeometry``; they
    are imported when they are needed. A protocol that measures on masks alone needs no ``geometry`` of its own.
    """

    name: str
    label: str
    bundles: tuple[str, ...]
    structures: tuple[StructureSpec, ...]
    measurements: tuple[MeasurementSpec, ...]
    main: str
    steps: str
    overlay: str
    review: str
    evaluation: str
    views: tuple[str, ...] = ()
    other_view: str = ""
    geometry: str = ""

    @property
    def model(self) -> str:
        """The identities of the bundles that its results are made with."""
        return " ".join(BUNDLES[name].identity for name in self.bundles)

    def load_steps(self) -> Steps[Any]:
        """The steps of the analysis."""
        steps: Steps[Any] = resolve_name(self.steps)
        return steps

    def load_overlay(self) -> Callable[[Analysis], OverlayImage]:
        """The function that draws an analysis over its film."""
        draw: Callable[[Analysis], OverlayImage] = resolve_name(self.overlay)
        return draw

    def load_review(self) -> ReviewProtocol:
        """How its films are corrected."""
        review: ReviewProtocol = resolve_name(self.review)
        return review

    def load_geometry(self) -> ProtocolGeometry:
        """How it measures masks and landmarks of any origin."""
        from radcaliper.pipelines.protocols.geometry import geometry_on_masks

        if not self.geometry:
            return geometry_on_masks(self.measurements)
        geometry: ProtocolGeometry = resolve_name(self.geometry)
        return geometry

    def structure(self, name: str) -> StructureSpec:
        """The entry of a structure; one that the protocol does not have is the user's own."""
        found = next((spec for spec in self.structures if spec.matches(name)), None)
        return own_structure(name, self.name) if found is None else found

    def measurement(self, name: str) -> MeasurementSpec:
        """The entry of a measurement, also of the user's own structures; KeyError for one that there is not."""
        found = next((spec for spec in self.measurements if spec.name == name), None) or own_measurement(
            name, self.name
        )
        if found is None:
            raise KeyError(name)
        return found

    def _of(self, prediction: Prediction) -> Prediction:
        """The prediction without what the protocol has no structure for, as the parts that only geometry needs."""
        regions = regions_of(prediction.masks)
        kept = {name: each for name, each in regions.items() if any(spec.matches(name) for spec in self.structures)}
        return replace(prediction, masks=RegionMasks(kept))

    def qualities(
        self, prediction: Prediction, film: Radiograph, rules: StatusRules = DEFAULT_RULES
    ) -> tuple[MaskQuality, ...]:
        """The quality of every structure's mask."""
        return mask_qualities(self._of(prediction), self.structures, film.spacing, rules)

    def _vital(self, steps: Steps[Any], examination: Examination[Any]) -> Collection[str]:
        if steps.vital is not None:
            return steps.vital(examination)
        return {spec.name for spec in self.structures if spec.vital}

    def refused(self, image: str, film: Radiograph, findings: Iterable[Finding]) -> Analysis:
        """The analysis of a film that is no film of the protocol, by findings that refuse it."""
        reasons = {finding.reason for finding in findings if finding.status is Status.REFUSED}
        reasons |= {"burned_in_text"} if film.burned_in_text else set()
        return Analysis(image, film, self.name, self.model, Status.REFUSED, worst_first(reasons))

    def analyse(self, image: str, film: Radiograph, rules: StatusRules = DEFAULT_RULES) -> Analysis:
        """Measure a film; one that is no film of the protocol is refused with its reason.

        Parameters
        ----------
        image : str
            The film's name in the results.
        film : Radiograph
            The film.
        rules : StatusRules
            What is ok, left for review, or refused.

        Returns
        -------
        Analysis
            The film's status and reasons, and if it was not refused its masks, their qualities, and its measurements.

        Raises
        ------
        BrokenBundle
            If weights are missing or damaged.

        Examples
        --------
        >>> from radcaliper.pipelines.protocols.registry import PROTOCOLS
        >>> film = Radiograph(np.zeros((100, 100), np.float32))
        >>> PROTOCOLS["spine"].analyse("blank.png", film).reasons
        ('blank_film',)
        """
        if blank := film_findings(film):
            return self.refused(image, film, blank)
        return self.analyse_picture(image, film, rules)

    def analyse_picture(
        self, image: str, film: Radiograph, rules: StatusRules, found: tuple[Finding, ...] = ()
    ) -> Analysis:
        """The analysis of a film that was found to show one picture; ``found`` is what else was found on it before."""
        analysis = self._analysed(image, film, rules, found)
        if has_implausible_length(analysis.measurements):
            return self._analysed(image, replace(film, spacing=None, implausible_spacing=True), rules, found)
        return analysis

    def _analysed(self, image: str, film: Radiograph, rules: StatusRules, found: tuple[Finding, ...]) -> Analysis:
        """The analysis with the spacing that the film has."""
        steps = self.load_steps()
        film, prediction = predict_bone_bright(film, steps.predict, steps.appears_inverted)
        if (taller := steps.unsquashed(film, prediction)) is not None:
            film, prediction = taller
            found = (*found, Finding("stretched_film", Status.REVIEW))
        geometry = steps.locate(film, prediction)
        qualities = self.qualities(prediction, film, rules)
        examination = Examination(film, prediction, geometry, qualities, calibration=rules.calibration)
        findings = (*found, *steps.gate(examination), *acquisition_findings(film))
        if any(each.status is Status.REFUSED and not each.affects for each in findings):
            return self.refused(image, film, findings)
        examination = self._looked_closer(steps, replace(examination, findings=findings), rules)
        return self._measured(image, steps, examination, rules)

    def _looked_closer(self, steps: Steps[Any], examination: Examination[Any], rules: StatusRules) -> Examination[Any]:
        """With what further networks see on parts of the film."""
        film, prediction, qualities = examination.film, examination.prediction, examination.qualities
        for name, part in steps.look_closer(film, prediction).items():
            prediction = joined(prediction, name, part)
            qualities = (*qualities, *self.qualities(part, film, rules))
        return replace(examination, prediction=prediction, qualities=qualities)

    def _measured(self, image: str, steps: Steps[Any], examination: Examination[Any], rules: StatusRules) -> Analysis:
        """The analysis of a film that passed its gates."""
        measurements = rules.of_measurements(steps.measure(examination))
        of_main = main_reasons([each for each in measurements if each.name == self.main])
        of_film = film_reasons(examination, self._vital(steps, examination))
        reasons = worst_first(rules.counted(of_film | of_main))
        return Analysis(
            image,
            examination.film,
            self.name,
            self.model,
            Status.REVIEW if set(reasons) - NOTES else Status.OK,
            reasons,
            self._of(examination.prediction),
            examination.qualities,
            measurements,
            steps.landmarks(examination, measurements),
        )


def joined(whole: Prediction, name: str, part: Prediction) -> Prediction:
    """The prediction on a whole film with all that one on a part of it adds."""
    return replace(
        whole,
        masks=RegionMasks({**regions_of(whole.masks), **regions_of(part.masks)}),
        agreement={**whole.agreement, **part.agreement},
        margin={**whole.margin, **part.margin},
        presence={**whole.presence, **part.presence},
        courses={**whole.courses, **part.courses},
        closer={**whole.closer, name: part},
    )


def film_reasons(examination: Examination[Any], vital: Collection[str]) -> set[str]:
    """Why a film should be looked at: what its gates found, and what is wrong with the masks of vital structures."""
    found = {finding.reason for finding in examination.findings if finding.status is Status.REVIEW}
    return found.union(*(each.reasons for each in examination.qualities if each.structure in vital))


def main_reasons(measurements: Sequence[Measurement]) -> set[str]:
    """Why a film should be looked at by its main measurements: one is refused of what is seen, or none is ``ok``."""
    refused = [each for each in measurements if each.status is Status.REFUSED and _NOT_SEEN not in each.reasons]
    none_is_ok = all(each.status is not Status.OK for each in measurements)
    return {reason for each in (measurements if none_is_ok else refused) for reason in each.reasons}


def predict_bone_bright(
    film: Radiograph,
    predict: Callable[[Radiograph], Prediction],
    appears_inverted: Callable[[Radiograph, Masks], bool],
) -> tuple[Radiograph, Prediction]:
    """The prediction; a film that shows bone dark is turned bright and predicted again."""
    prediction = predict(film)
    if not appears_inverted(film, prediction.masks):
        return film, prediction
    bright = film.inverted()
    return bright, predict(bright)
