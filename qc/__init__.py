"""Quality of masks, of films and of measurements."""
