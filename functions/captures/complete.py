"""The Lambda that looks into a photo which an agent has brought; it alone of the agent's routes opens pictures."""

from captures.routes import completion
from darkroom import snapstart
from darkroom.http import create_app, lambda_handler

app = create_app("Completion", [completion.routes])
handler = lambda_handler(app)

snapstart.prepare("boto3", "PIL.Image", "darkroom.clients", "darkroom.images")
