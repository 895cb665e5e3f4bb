"""The order of events: check → plan → record → submit → follow. Yields events and knows no terminal.

`launch` is the whole of it; `project` and `samples` are for looking at what ran, `checkup` at the machine. The package imports
none of them, so that a table of runs does not pay for reading configs.
"""
