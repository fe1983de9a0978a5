"""Every SQL statement of galleries."""
