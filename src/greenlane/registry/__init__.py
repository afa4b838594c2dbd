"""What exists: crossings, checkpoints, stages, lanes, parks; carriers, trucks, drivers; accounts."""
