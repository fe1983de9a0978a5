"""A client of Darkroom: photos go up, titled albums come back, and old photos restored.

    from darkroom_client import Client

    client = Client("http://127.0.0.1:8000")
    client.sign_in("you@example.com", "…")
    keys = [client.upload(path) for path in paths]
    job = client.wait(client.process(keys).id)
    for album in client.albums():
        print(album.title, album.image_count)

`bring` is what the command does: many files at once, with a journal, so that it can be stopped and goes on.
"""

from darkroom_client.bringing import Options, Outcome, bring
from darkroom_client.client import Client
from darkroom_client.documents import Account, Album, Job, Target
from darkroom_client.errors import DarkroomError, JobFailed, NotSignedIn, Refused, Stopped, Unreachable
from darkroom_client.journal import Journal
from darkroom_client.orders import Checkout, Order, Tray, Wishes
from darkroom_client.photos import NotAPhoto, Photo, look
from darkroom_client.restoring import Restoring
from darkroom_client.retrying import Patience
from darkroom_client.tokens import FileTokens, MemoryTokens
from darkroom_client.watching import Watcher

__all__ = [
    "Account",
    "Album",
    "Checkout",
    "Client",
    "DarkroomError",
    "FileTokens",
    "Job",
    "JobFailed",
    "Journal",
    "MemoryTokens",
    "NotAPhoto",
    "NotSignedIn",
    "Options",
    "Order",
    "Outcome",
    "Patience",
    "Photo",
    "Refused",
    "Restoring",
    "Stopped",
    "Target",
    "Tray",
    "Unreachable",
    "Watcher",
    "Wishes",
    "bring",
    "look",
]
