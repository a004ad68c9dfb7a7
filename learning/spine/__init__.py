"""Train, calibrate and evaluate the spine protocol."""
