"""`darkroom albums`, `download` and `status`."""

import argparse
import json
import re
from pathlib import Path
from typing import Final

from darkroom_client.client import Client
from darkroom_client.commands.output import progress, say, table_of
from darkroom_client.documents import Album
from darkroom_client.errors import DarkroomError

_FORBIDDEN: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')


def albums(options: argparse.Namespace) -> int:
    with Client(options.url) as client:
        found = list(client.albums())
    if options.json:
        print(json.dumps([album.document for album in found]))
    elif found:
        table_of(("Photos", "Album", "Id"), [(str(a.image_count), a.title, a.id) for a in found])
    else:
        say("There are no albums yet. Make some with `darkroom upload PATH --curate`.")
    return 0


def download(options: argparse.Namespace) -> int:
    with progress() as watcher, Client(options.url, waiting=watcher.waiting) as client:
        album = _meant(client, options.album)
        to: Path = options.output or Path(f"{_file_name(album.title)}.zip")
        if options.output is None and to.exists():
            raise DarkroomError(f"{to} is there already; name another file with -o.")
        if not to.absolute().parent.is_dir():
            raise DarkroomError(f"There is no folder {to.absolute().parent}.")
        size = client.download(album.id, to, watcher)
    say(f"{to}: {album.image_count} photos of “{album.title}”, {size:,} bytes")
    return 0


def status(options: argparse.Namespace) -> int:
    with Client(options.url) as client:
        job = client.job(options.job)
    if options.json:
        print(json.dumps(job.document))
    else:
        stage = f", {job.stage}" if job.stage and not job.is_over else ""
        say(f"{job.kind or 'job'} {job.id}: {job.status}{stage} ({job.done} of {job.total})")
        if job.error_message:
            say(job.error_message)
    return 1 if job.status == "failed" else 0


def _meant(client: Client, words: str) -> Album:
    """The album with this id or title, or the only one whose title begins so."""
    found = list(client.albums())
    folded = words.casefold()
    for fits in (
        [album for album in found if album.id == words.lower()],
        [album for album in found if album.title.casefold() == folded],
        [album for album in found if album.title.casefold().startswith(folded)],
    ):
        if len(fits) == 1:
            return fits[0]
        if fits:
            names = "".join(f"\n  {album.id}  {album.title}" for album in fits)
            raise DarkroomError(f"{len(fits)} albums are called so; say which by its id:{names}")
    raise DarkroomError(f"You have no album {words!r}; `darkroom albums` lists them.")


def _file_name(title: str) -> str:
    return " ".join(_FORBIDDEN.sub("_", title).split()).strip(" .")[:100] or "album"
