"""`darkroom upload`."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from darkroom_client.bringing import Options, Outcome, bring
from darkroom_client.client import Client
from darkroom_client.commands.output import progress, say
from darkroom_client.documents import Album
from darkroom_client.errors import Refused
from darkroom_client.journal import Journal

_LISTED: Final = 20
_USAGE: Final = 2


def upload(options: argparse.Namespace) -> int:
    curates = options.curate or options.regroup
    if (complaint := _complaint(options, curates=curates)) is not None:
        print(f"darkroom upload: {complaint}", file=sys.stderr)
        return _USAGE
    wanted = Options(options.curate, options.instructions, options.regroup, options.parallel)
    with (
        Journal() as journal,
        progress(quiet=options.json) as watcher,
        Client(options.url, waiting=watcher.waiting) as client,
    ):
        outcome = bring(client, journal, options.paths, wanted, watcher)
        albums = list(_albums(client, outcome))
    if options.json:
        print(json.dumps(outcome.document()))
    else:
        for line in _summary(outcome, albums, curates=curates):
            say(line)
    return 0 if outcome.is_good else 1


def _complaint(options: argparse.Namespace, *, curates: bool) -> str | None:
    missing = [str(path) for path in options.paths if not path.exists()]
    if missing:
        return f"there is no {', '.join(missing)}"
    if options.instructions and not curates:
        return "--instructions says how albums are made, so it needs --curate"
    return None


def _albums(client: Client, outcome: Outcome) -> Iterator[Album]:
    for album_id in outcome.album_ids:
        try:
            yield client.album(album_id)
        except Refused as refused:
            if refused.status != 404:  # else it was merged or deleted since
                raise


def _summary(outcome: Outcome, albums: Sequence[Album], *, curates: bool) -> Iterator[str]:
    yield f"{_photos(outcome.uploaded)} brought, {outcome.known} known already."
    yield from _list("Skipped", outcome.skipped, " ")
    yield from _list("Failed", outcome.failed, ": ")
    for job in outcome.jobs:
        if job.status == "failed":
            yield f"The job {job.id} failed: {job.error_message or 'no reason was given'}"
            yield "The same command tries it once more."
    if albums:
        yield f"{len(albums)} {'album' if len(albums) == 1 else 'albums'}:"
        yield from (f"  {album.title} ({_photos(album.image_count)})" for album in albums)
    elif outcome.uploaded and not curates:
        yield "Albums are made of them by the same command with --curate."


def _list(heading: str, files: Sequence[tuple[Path, str]], between: str) -> Iterator[str]:
    if files:
        yield f"{heading} {len(files)}:"
        yield from (f"  {path}{between}{reason}" for path, reason in files[:_LISTED])
    if len(files) > _LISTED:
        yield f"  … and {len(files) - _LISTED} more (--json lists them all)"


def _photos(count: int) -> str:
    return f"{count:,} {'photo' if count == 1 else 'photos'}"
