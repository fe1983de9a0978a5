"""Wire models of the tickets."""

from darkroom.http import Answer


class Ticket(Answer):
    """Opens one socket, once, within `expires_in` seconds."""

    ticket: str
    expires_in: int
