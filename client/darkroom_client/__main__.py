"""`python -m darkroom_client`: the `darkroom` command."""

import sys

from darkroom_client.cli import main

sys.exit(main())
