"""HTTP for every product: FastAPI behind Mangum with one transaction a request and one shape of error.

`create_app` makes the app, `router` the routers whose routes keep the conventions, `lambda_handler` the Lambda.
"""

from darkroom.address import caller_address
from darkroom.http.app import create_app, lambda_handler, router
from darkroom.http.guards import Guard
from darkroom.http.models import MAY_BE_LEFT_OUT, Answer, Body, Id, JobAccepted, Line, Moment, Page, PageQuery
from darkroom.http.route import TransactionRoute, TxDep

__all__ = [
    "MAY_BE_LEFT_OUT",
    "Answer",
    "Body",
    "Guard",
    "Id",
    "JobAccepted",
    "Line",
    "Moment",
    "Page",
    "PageQuery",
    "TransactionRoute",
    "TxDep",
    "caller_address",
    "create_app",
    "lambda_handler",
    "router",
]
