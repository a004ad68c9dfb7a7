"""Every reason code that a table may hold, with its explanation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

REASONS: Final[dict[str, str]] = {
    "not_a_radiograph": "The file holds a readable image, but not a single projection radiograph.",
    "several_films": "The picture holds several films beside or above each other.",
    "blank_film": "All pixels have the same grey, or nearly so.",
    "noise_film": "Neighbouring pixels are unrelated: there is no picture in the film.",
    "no_protocol": "The film is none that a protocol measures.",
    "not_frontal_chest": "No plausible pair of lungs with a heart between them was found.",
    "not_ap_spine": "No column of vertebrae as on an AP spine film was found.",
    "doubtful_vertebra": "A vertebra that the number rests on is hardly seen.",
    "end_vertebra_unsure": "Repeated readings put an end of the curve at another vertebra.",
    "level_unsure": "Which vertebra is which is unsure: the levels named may be one or more off.",
    "hardware": "Metal lies on the spine, such as rods and screws: it hides end plates.",
    "vertebra_count": "Repeated readings do not agree on how many vertebrae are seen.",
    "unusual_shape": "Lungs and heart lie as they seldom do: a rare body, a rare film, or wrong masks.",
    "not_ap_hip": "No hip as on an AP film of the pelvis or of one hip was found.",
    "prosthesis": "Metal replaces the femoral head.",
    "possible_metal": "Something in the femur looks like metal: a dense head, or a prosthesis.",
    "no_femoral_head": "No round femoral head was found.",
    "doubtful_head": "Repeated readings differ on where the femoral head is: hidden, collapsed, or broken.",
    "doubtful_neck": "It is unsure where the femoral neck runs: hidden, turned far, or broken.",
    "hip_cut_off": "The femoral head reaches the edge of the film.",
    "neck_not_seen": "The femoral neck was not found, or a trochanter covers it.",
    "shaft_too_short": "Less than half a head radius of the femoral shaft is seen below the lesser trochanter.",
    "irregular_shaft": "The femoral shaft is not one straight whole bone: broken and displaced, cut off, or not seen.",
    "implausible_hip": "Head, neck and shaft do not lie as on an AP film of a hip.",
    "stretched_film": "The film was stretched or squashed, and its angles with it: a femoral head is an ellipse, or a"
    " whole spine fills a square file; the spine was measured at about its true height.",
    "hip_turned": "The leg is turned: the femoral neck is seen foreshortened, which changes the angle.",
    "immature_hip": "The growth plates look open, as an adolescent's: reference ranges are those of adults.",
    "implausible_corners": "Corners of vertebrae are not finite, crossed, swapped, or out of order.",
    "pixels_not_square": "The number is defined on square pixels alone.",
    "spine_too_short": "Only a part of the spine is seen, or hardly any vertebra clearly. Curves that may go on and"
    " what refers to the whole spine are not measured.",
    "simulated_training": "The network learned from simulated films and was held against too few real ones so far.",
    "inverted": "The file shows bone dark; the film was turned bright before it was measured.",
    "mirrored": "The heart lies on the right: a mirrored film, or dextrocardia.",
    "tagged_lateral": "The file says that the film was taken from the side; every protocol is for AP and PA films.",
    "tagged_oblique": "The file says that the film was taken obliquely; every protocol is for AP and PA films.",
    "turned_film": "The film lay on its side or its head; it was put upright and measured.",
    "view_unsure": "It is unsure whether the film shows the view that this protocol measures.",
    "tag_contradicts_content": "The file's tags say another side, view or orientation than the film shows.",
    "implausible_spacing": "The file's pixel spacing is none that a film can have; it is not used: no length is in mm.",
    "burned_in_text": "Words are drawn into the film's pixels, by its header or as seen: they may name the patient.",
    "overexposed": "Over a fifth of lungs and heart is at the film's brightest grey.",
    "underexposed": "Over a fifth of lungs and heart is at the film's darkest grey.",
    "border_hidden": "A plate, a device or other metal lies over the border of a lung or of the heart.",
    "rotated": "The patient is turned: the medial ends of the clavicles lie at unequal distances from the midline.",
    "border_cut": "A lung reaches the edge of the film, so its border may be missing.",
    "unusable_mask": "The lower bound of a mask's predicted Dice is under the limit for use (0.40 by default).",
    "low_quality": "The lower bound of a mask's predicted Dice is under the limit for review (0.80 by default).",
    "wide_interval": "The number's interval is wider than its limit, or repeated readings are far apart.",
    "unstable_number": "Fewer than half of the plausible masks allow this number to be measured.",
    "missing_structure": "A structure that the number rests on was not seen.",
    "structure_not_seen": "The structure was not found on the film.",
    "implausible_masks": "The masks that the number rests on do not lie as anatomy does.",
    "carina_not_seen": "The airways do not show where the trachea forks.",
    "ett_absent": "There is no endotracheal tube on the film, as far as is seen.",
    "ngt_absent": "There is no gastric tube on the film, as far as is seen.",
    "cvc_absent": "There is no central venous catheter on the film, as far as is seen.",
    "doubtful_tube": "Whether the tube is there at all is doubtful.",
    "tip_outside_film": "The tube leaves the film: its tip lies outside.",
    "tip_not_seen": "The tube leaves the part of the film that is searched for tubes before its tip.",
    "tip_unsure": "The tube's tip is hardly seen.",
    "found_in_review": "Only a reviewer's correction shows this number: there is no automatic value.",
    "stale_correction": "What was signed belongs to another file of this name, or to another unit or pixel spacing.",
    "source_missing": "The file is no longer where it was measured; its results stay.",
    "internal_error": "An error in radcaliper itself, not in the film; the next run tries again.",
    "worker_killer": "Two workers of a cluster died while they measured the film; --retry-failed tries it again.",
    "corrected_away": "After a reviewer's correction there is no such number, as of a curve that is none.",
}

NOTES: Final = frozenset({"burned_in_text", "level_unsure"})
"""Reasons that tell something of a film and ask for no review."""


def worst_first(reasons: set[str]) -> tuple[str, ...]:
    """The reasons in the order of the table above; KeyError for a code that is not documented."""
    order = {code: place for place, code in enumerate(REASONS)}
    return tuple(sorted(reasons, key=order.__getitem__))


def in_words(reasons: Iterable[str]) -> str:
    """The explanations of reason codes, in their order; a code that is not documented stands as it is."""
    return " ".join(REASONS.get(code, code) for code in reasons)
