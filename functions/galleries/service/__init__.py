"""The rules of galleries."""
