"""Signs of resale in what is on record. Pure: no Django.

Plain rows in, findings out. A finding is something for an officer to look at, with its evidence; nothing in
the platform follows from it by itself.
"""
