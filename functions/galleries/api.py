"""The Lambda of galleries' routes."""

from darkroom import snapstart
from darkroom.http import create_app, lambda_handler
from galleries.routes import albums, images, uploads

app = create_app("Galleries", [uploads.routes, albums.routes, images.routes])
handler = lambda_handler(app)

snapstart.prepare()
