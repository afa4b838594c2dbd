"""Pages of call-up."""
