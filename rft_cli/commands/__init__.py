"""One module a command: parse, call, render, return the exit code. No command thinks."""
