"""The Lambda that gives out WebSocket tickets."""

from darkroom import snapstart
from darkroom.http import create_app, lambda_handler
from realtime.routes import routes

app = create_app("Realtime", [routes])
handler = lambda_handler(app)
snapstart.prepare()
