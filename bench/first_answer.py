"""One cold start, as its own process: import the handler, answer one request, print the status.

python -m bench.first_answer accounts.api.handler '{"version": "2.0", ...}'
"""

import importlib
import json
import sys
from types import SimpleNamespace


def main() -> None:
    module, _, name = sys.argv[1].rpartition(".")
    handler = getattr(importlib.import_module(module), name)
    context = SimpleNamespace(
        aws_request_id="00000000-0000-0000-0000-000000000000",
        function_name="bench",
        function_version="$LATEST",
        invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:bench",
        memory_limit_in_mb=512,
        get_remaining_time_in_millis=lambda: 30_000,
    )
    answer = handler(json.loads(sys.argv[2]), context)
    sys.stdout.write(f"{answer['statusCode']}\n")


if __name__ == "__main__":
    main()
