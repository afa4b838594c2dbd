"""The public log of order: its chain, its signed roots, and what a reader of the file can find out. Pure: no
Django, no database."""
