"""What the managed service makes of a config: wire names, steps, request body, opinions. Pure: no key, no connection."""
