"""Comparing two runs: what was asked differently, and what the guide says of it."""
