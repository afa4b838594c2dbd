"""Lanes and shifts from the demand: the cheapest roster that keeps the standard. Pure: no Django."""
