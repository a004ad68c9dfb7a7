"""Films of the user's own: train a network on them, judge what is measured on them, calibrate by them."""
