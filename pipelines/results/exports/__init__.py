"""Results in the formats of other programs, written from a results folder; nothing is measured anew."""
