"""Calibration: from what was read at a checkpoint to the figures of its twin. Pure: no database."""
