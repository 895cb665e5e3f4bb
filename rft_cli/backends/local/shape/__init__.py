"""What the rehearsal engine makes of a config: opinions, step arithmetic, the worker's job. Pure."""
