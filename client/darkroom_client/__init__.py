"""A client of Darkroom: photos go up, titled albums come back."""
