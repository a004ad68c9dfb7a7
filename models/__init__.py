"""Networks, their weights as MONAI bundles, and inference."""
