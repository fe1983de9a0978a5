"""The commands of `darkroom`: each takes the parsed options and returns the exit status."""
