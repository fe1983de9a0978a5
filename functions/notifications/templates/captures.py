"""The mails of cameras."""

from collections.abc import Mapping

from notifications.templates.letter import Button, Facts, Letter, Note, Text, moment


def device_offline(data: Mapping[str, str]) -> Letter:
    return Letter(
        subject=f"{data['device']} is offline",
        preview="It has stopped answering. What it takes meanwhile comes when it is back.",
        blocks=(
            Text(f"Hello {data['name']},"),
            Text(f"your camera {data['device']} has stopped answering."),
            Facts((("Last heard of", moment(data["last_seen_at"])),)),
            Text(
                "It may have lost its power or its network. As long as it runs it keeps to its schedules, and brings "
                "the photos when it is connected again."
            ),
            Button("See your cameras", data["url"]),
            Note("This is the only mail about this outage."),
        ),
    )
