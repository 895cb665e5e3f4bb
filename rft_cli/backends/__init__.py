"""What trains. `base` is the protocol, `registry` the table of names; each backend has a pure `shape` and a side that acts."""
