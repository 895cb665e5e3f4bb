"""What `--json` prints, as types: the code that prints is checked against them, and the published schemas are derived from them.

A contract: fields may be added, none is renamed or removed. A text under a field is its description in the schema.
"""
