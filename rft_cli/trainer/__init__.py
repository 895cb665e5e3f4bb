"""Programs that a backend starts in a process of their own. Imported by nobody; they speak through the run folder."""
