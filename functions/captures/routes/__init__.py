"""Parse, authorise, call one service function, shape the answer."""
