"""The Lambda of galleries' routes."""

from darkroom import snapstart
from darkroom.http import create_app, lambda_handler
from galleries.routes import routes

app = create_app("Galleries", [routes])
handler = lambda_handler(app)

snapstart.prepare()
