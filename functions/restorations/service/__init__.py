"""The rules of restorations."""
