"""The ground floor: what every product stands on."""
