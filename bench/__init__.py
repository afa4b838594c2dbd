"""Measurements: `python -m bench` prints each figure beside a named limit, measured in the same run."""
