"""The Lambda of restorations' routes."""

from darkroom import snapstart
from darkroom.http import create_app, lambda_handler
from restorations.routes import orders, uploads

app = create_app("Restorations", [uploads.routes, orders.routes])
handler = lambda_handler(app)

snapstart.prepare()
