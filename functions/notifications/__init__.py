"""Mail that leaves the house, and what comes back of it."""
