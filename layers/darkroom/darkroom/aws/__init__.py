"""AWS on request paths without boto3, whose import costs a cold start more than FastAPI does (ADR 0003).

Signing is compared with botocore's own, byte for byte, by the tests.
"""

from darkroom.aws.identity import Credentials, credentials
from darkroom.aws.signing import database_token, presign, sign
from darkroom.aws.wire import AwsError, call, hang_up, list_objects, send

__all__ = [
    "AwsError",
    "Credentials",
    "call",
    "credentials",
    "database_token",
    "hang_up",
    "list_objects",
    "presign",
    "send",
    "sign",
]
