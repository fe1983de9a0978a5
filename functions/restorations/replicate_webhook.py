"""The Lambda of what Replicate calls."""

from darkroom import snapstart
from darkroom.http import create_app, lambda_handler
from restorations.routes import replicate_webhook

app = create_app("Replicate webhook", [replicate_webhook.routes])
handler = lambda_handler(app)

snapstart.prepare("replicate")
