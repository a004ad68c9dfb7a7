"""The neck-shaft (CCD) angle and what goes with it, from the mask of a femur."""
