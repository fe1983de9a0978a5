"""The Lambda of paying and refunding, beside the payment provider's kit."""

from darkroom import snapstart
from darkroom.http import create_app, lambda_handler
from restorations.routes import checkout

app = create_app("Restorations checkout", [checkout.routes])
handler = lambda_handler(app)

snapstart.prepare("stripe", "requests")
