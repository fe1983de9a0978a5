"""Restorations: old photos of strangers, paid for, restored, delivered."""
