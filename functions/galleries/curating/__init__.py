"""What makes albums of photos: the vision model where there is a key, and a fallback that is good enough without."""
