"""The chest network: what it segments."""
