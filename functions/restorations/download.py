"""The Lambda of download links, which anyone may have."""

from darkroom import snapstart
from darkroom.http import create_app, lambda_handler
from restorations.routes import download

app = create_app("Restorations downloads", [download.routes])
handler = lambda_handler(app)

snapstart.prepare()
