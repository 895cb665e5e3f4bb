"""The generator of published views: schemas, configs, reference pages. For the checkout only; not part of the wheel.

`python -m rft_cli.generate` writes them, `--check` compares, `--dry-run` says what writing would do.
"""
