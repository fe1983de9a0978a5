"""/_local: the developer's window into the running stack."""
