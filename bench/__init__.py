"""Measurements, each beside a named peer or limit in the same run: what is quoted is the ratio, not the machine."""
