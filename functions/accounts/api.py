"""The Lambda of accounts' routes."""

from accounts.routes import admin, auth, users
from darkroom import snapstart
from darkroom.http import create_app, lambda_handler

app = create_app("Accounts", [auth.routes, users.routes, admin.routes])
handler = lambda_handler(app)

snapstart.prepare("bcrypt")
