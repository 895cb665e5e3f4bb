"""Opinions on a config that is legal: what a reader who knows reinforcement fine-tuning would remark. Pure, but for `files`."""
