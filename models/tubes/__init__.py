"""The tube network: from a chest film to the courses and tips of tubes and lines."""
