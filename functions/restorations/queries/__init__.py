"""Every SQL statement of restorations."""
