"""The embedded rehearsal engine, started as a process of its own on this machine."""
