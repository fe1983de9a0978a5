"""The Lambda of the long poll. Each waiting agent holds an environment, so it has a share of concurrency of its own."""

from captures.routes import commands
from darkroom import snapstart
from darkroom.http import create_app, lambda_handler

app = create_app("Commands", [commands.routes])
handler = lambda_handler(app)

snapstart.prepare()
