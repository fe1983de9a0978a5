"""Wire models of restorations."""
