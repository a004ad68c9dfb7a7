"""Training, calibration and evaluation; a measuring run imports none of it."""
