"""The local stack: the whole platform on one machine, deployed from the same template as production.

`python -m infra.local` starts it. docs/adr/0020-local-stack.md says how it is built and what lost.
"""
