"""The twin: a checkpoint simulated, exactly and fast. Pure: arrays in and arrays out, no Django."""
