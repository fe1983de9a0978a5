"""Galleries: the demo person's photos are brought and become albums."""

from darkroom_client import DarkroomError, Job, Options, Watcher, bring
from infra.local.demo import photos
from infra.local.demo.person import Person, say


class _Told(Watcher):
    """One line that says how far it is; lines of their own where there is no terminal."""

    def job(self, job: Job) -> None:
        say(f"albums: {job.stage or job.status} ({job.done} of {job.total})")


def fill(person: Person) -> None:
    files = photos.write(person.folder / "photos", lambda done, all_: say(f"painting photos: {done} of {all_}"))
    say(f"bringing {len(files)} photos")
    outcome = bring(person.client, person.journal, files, Options(curate=True), _Told())
    if not outcome.is_good:
        problems = [f"{path.name}: {reason}" for path, reason in outcome.failed]
        problems += [job.error_message or "a job failed" for job in outcome.jobs if job.status != "completed"]
        raise DarkroomError("\n  ".join(["Not all photos came in:", *problems]))
    albums = list(person.client.albums())
    say("")
    print(f"\r  {len(files)} photos in {len(albums)} albums: {person.web}/")
    for album in albums:
        print(f"    {album.image_count:>3}  {album.title}")
