"""Wire models of galleries."""
