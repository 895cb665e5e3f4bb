"""Launch and tune reinforcement fine-tuning runs from YAML files kept in git."""

__version__ = "0.1.0"
