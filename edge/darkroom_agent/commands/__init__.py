"""What each verb of `darkroom-agent` does."""
