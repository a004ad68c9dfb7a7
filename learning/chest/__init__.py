"""Train, calibrate and evaluate the chest protocol."""
