"""`make demo`: a person with real-looking content in the running local stack, made through the public API."""
