"""Train, calibrate and evaluate the hip protocol on films simulated from bones."""
