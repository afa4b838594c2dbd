"""Booking rules tried on recorded or simulated weeks before they go live. Pure: no Django, no database."""
