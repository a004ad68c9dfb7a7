"""AP pelvis and hip films simulated from the bones of CT scans, with their projected truth."""
