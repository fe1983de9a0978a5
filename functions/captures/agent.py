"""The Lambda that agents talk to: pairing, heartbeats, and where to bring photos."""

from captures.routes import agent
from darkroom import snapstart
from darkroom.http import create_app, lambda_handler

app = create_app("Agents", [agent.routes])
handler = lambda_handler(app)

snapstart.prepare()
