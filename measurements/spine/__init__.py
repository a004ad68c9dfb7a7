"""Cobb angles and the balance of the spine, from vertebra corners or from a centreline."""
