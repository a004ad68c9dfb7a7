"""From radiographs to anatomical masks and measurements, each with its uncertainty."""
