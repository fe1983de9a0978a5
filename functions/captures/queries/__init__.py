"""Every SQL statement of captures."""
