"""`darkroom login`, `logout` and `whoami`."""

import argparse
import getpass
import json
import os
import sys

from darkroom_client.client import Client
from darkroom_client.errors import DarkroomError, Refused


def login(options: argparse.Namespace) -> int:
    email = options.email or _ask("E-mail address: ", "Say whose account it is: darkroom login --email you@example.com")
    password = os.environ.get("DARKROOM_PASSWORD") or _secret()
    with Client(options.url) as client:
        try:
            account = client.sign_in(email, password)
        except Refused as refused:
            if refused.status == 400:
                raise DarkroomError("The e-mail address or the password is wrong.") from None
            raise
        print(f"Signed in at {client.url} as {account.name} <{account.email}>.")
    return 0


def logout(options: argparse.Namespace) -> int:
    with Client(options.url) as client:
        client.sign_out()
        print(f"Signed out of {client.url}.")
    return 0


def whoami(options: argparse.Namespace) -> int:
    with Client(options.url) as client:
        account = client.account()
        if options.json:
            print(json.dumps({"id": account.id, "email": account.email, "name": account.name, "url": client.url}))
        else:
            print(f"{account.name} <{account.email}> at {client.url}")
    return 0


def _ask(prompt: str, else_say: str) -> str:
    if not sys.stdin.isatty():
        raise DarkroomError(else_say)
    return input(prompt).strip()


def _secret() -> str:
    if not sys.stdin.isatty():
        raise DarkroomError("There is no terminal to ask for the password; set DARKROOM_PASSWORD.")
    return getpass.getpass("Password: ")
