"""Having albums made: photos go in batches, each batch is one job, and each is written down before it is asked for."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from darkroom_client.client import AT_ONCE, Client
from darkroom_client.documents import Job
from darkroom_client.errors import JobFailed, Refused
from darkroom_client.journal import Batch, Pages
from darkroom_client.watching import Watcher

_FIELD: Final = "image_keys"


class AlbumMaker:
    """The albums of one run. `refused` has the photos that the server could make nothing of, and why."""

    def __init__(self, client: Client, pages: Pages, watcher: Watcher) -> None:
        self._client = client
        self._pages = pages
        self._watcher = watcher
        self.refused: dict[str, str] = {}

    def make(self, keys: Sequence[str], instructions: str | None, *, regroup: bool) -> list[Job]:
        """What earlier runs left unfinished of these photos, and then what is new. The jobs, each of them over."""
        ours = set(keys)
        jobs = [
            self._see_through(batch, again=True)
            for batch in self._pages.open_batches()
            if not ours.isdisjoint(batch.keys)
        ]
        for start in range(0, len(keys), AT_ONCE):
            planned = self._pages.plan(keys[start : start + AT_ONCE], instructions, regroup=regroup)
            if planned is not None:
                jobs.append(self._see_through(planned, again=False))
        return [job for job in jobs if job is not None]

    def _see_through(self, batch: Batch, *, again: bool) -> Job | None:
        """Ask for the batch unless that was done, and wait. No job when nothing of it could be taken."""
        accepted = batch if batch.job_id else self._ask(batch)
        if accepted is None or accepted.job_id is None:
            return None
        try:
            job = self._over(accepted.job_id, again=again)
        except Refused as refused:
            if refused.status != 404:
                raise
            self._pages.withdrawn(accepted)  # the server knows no such job: its photos are asked for anew
            return None
        if job.status == "completed":
            self._pages.over(accepted)
        for skipped in job.result.get("skipped", ()):
            self._pages.refused(skipped["storage_key"], skipped["reason"])
            self.refused[skipped["storage_key"]] = skipped["reason"]
        return job

    def _ask(self, batch: Batch) -> Batch | None:
        """The batch with its job. Photos that the server does not take are left out, and it is asked for the rest."""
        asked: Batch | None = batch
        while asked is not None:
            try:
                job = self._client.process(asked.keys, asked.instructions, regroup=asked.regroup, key=asked.id)
            except Refused as refused:
                if refused.status != 400:
                    raise
                asked = self._without(asked, refused)
            else:
                self._pages.accepted(asked, job.id)
                return replace(asked, job_id=job.id)
        return None

    def _without(self, batch: Batch, refused: Refused) -> Batch | None:
        """What is left of a batch without the photos that a refusal names. They are to be brought again."""
        bad = _named(refused, batch.keys)
        self._pages.withdrawn(batch)
        if not bad:
            raise refused
        for key, reason in bad.items():
            self._pages.forget(key)
            self.refused[key] = reason
        rest = [key for key in batch.keys if key not in bad]
        return self._pages.plan(rest, batch.instructions, regroup=batch.regroup)

    def _over(self, job_id: str, *, again: bool) -> Job:
        """The job when it has ended. One that had failed in an earlier run is started once more."""
        try:
            return self._client.wait(job_id, self._watcher)
        except JobFailed as failed:
            if not again:
                return failed.job
        try:
            self._client.retry(job_id)
        except Refused as refused:
            if refused.status != 409:  # else it has been started meanwhile
                raise
        try:
            return self._client.wait(job_id, self._watcher)
        except JobFailed as failed:
            return failed.job


def _named(refused: Refused, keys: Sequence[str]) -> dict[str, str]:
    """The keys that a refusal names, by their position (`image_keys.3`), with the reason of each."""
    named = {}
    for field, message in refused.fields:
        position = field.removeprefix(f"{_FIELD}.")
        if position.isdigit() and int(position) < len(keys):
            key = keys[int(position)]
            named[key] = message.removeprefix(f"{key}: ")
    return named
