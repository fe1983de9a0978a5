"""The Lambda of a person's cameras, captures and schedules."""

from captures.routes import captures, devices, schedules
from darkroom import snapstart
from darkroom.http import create_app, lambda_handler

app = create_app("Captures", [devices.routes, captures.routes, schedules.routes])
handler = lambda_handler(app)

snapstart.prepare()
