"""The Lambda of shared albums: open to anyone who has a link."""

from darkroom import snapstart
from darkroom.http import create_app, lambda_handler
from galleries.routes import shared

app = create_app("Shared albums", [shared.routes])
handler = lambda_handler(app)

snapstart.prepare()
