"""The least one can do with the same parts: a bare FastAPI app under Mangum that asks Postgres for 1.

It is the peer of bench/cold_start.py. It shares nothing with Darkroom: no settings, no auth, no transaction, no log.
"""

import os
from typing import Any

import psycopg
from fastapi import FastAPI
from mangum import Mangum

app = FastAPI()
_connections: list[psycopg.Connection[Any]] = []


@app.get("/api/v1/hello")
async def hello() -> dict[str, int]:
    if not _connections:
        _connections.append(psycopg.connect(os.environ["DATABASE_URL"], autocommit=True))
    row = _connections[0].execute("SELECT 1").fetchone()
    return {"answer": row[0] if row else 0}


handler = Mangum(app, lifespan="off")
