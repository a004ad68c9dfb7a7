"""What every network needs: loading, forward passes, test-time augmentation, from maps to masks."""
