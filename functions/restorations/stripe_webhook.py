"""The Lambda of what Stripe calls."""

from darkroom import snapstart
from darkroom.http import create_app, lambda_handler
from restorations.routes import stripe_webhook

app = create_app("Stripe webhook", [stripe_webhook.routes])
handler = lambda_handler(app)

snapstart.prepare("stripe")
