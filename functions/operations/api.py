"""The Lambda of health, the OpenAPI document, job status, and of every address that nobody else answers (404)."""

from darkroom import snapstart
from darkroom.http import create_app, lambda_handler
from operations.routes import routes

app = create_app("Operations", [routes])
handler = lambda_handler(app)

snapstart.prepare()
