"""The Lambda that QStash calls: jobs begin here, and here it tells of those that it could not deliver."""

from darkroom import snapstart
from darkroom.http import create_app, lambda_handler
from galleries.routes import webhook

app = create_app("Galleries webhook", [webhook.routes])
handler = lambda_handler(app)

snapstart.prepare()
