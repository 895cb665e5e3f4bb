"""Metrics of any framework → canonical series; from a series, the symptoms that a run shows. Reads files and names no remedy."""
