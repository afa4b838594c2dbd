"""What planners see: the what-if page, kept scenarios, a simulated day."""
