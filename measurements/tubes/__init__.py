"""Courses, tips and distances of tubes and lines on chest films."""
