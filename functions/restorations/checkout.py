"""The Lambda of paying and refunding, and of changing what is to be paid, beside the payment provider's kit."""

from darkroom import snapstart
from darkroom.http import create_app, lambda_handler
from restorations.routes import checkout, choosing

app = create_app("Restorations checkout", [checkout.routes, choosing.routes])
handler = lambda_handler(app)

snapstart.prepare("stripe", "requests")
