"""Networks, their weights as MONAI bundles, inference and training."""
