"""The Lambda that tells administrators how the platform is. It may look at every queue and alarm, which the Lambda of
`/health` and of every unknown address, called by anyone, must not; and what it asks AWS takes longer."""

from darkroom import snapstart
from darkroom.http import create_app, lambda_handler
from operations.insight_routes import routes

app = create_app("Insight", [routes])
handler = lambda_handler(app)

snapstart.prepare()
