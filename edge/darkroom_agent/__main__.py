"""`python -m darkroom_agent`: the `darkroom-agent` command."""

import sys

from darkroom_agent.cli import main

sys.exit(main())
