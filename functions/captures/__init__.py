"""Captures: cameras that take photos when asked and on a schedule, and pay their owners."""
