"""What `rft init` writes: package data for the built-in tasks, and the project that is made of it."""
