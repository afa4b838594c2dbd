"""The turnstile: the few paths that must be fast, as bare ASGI beside Django behind one address.

Taking a place and posting readings go through group commit: requests that wait together become one
statement and one commit. The rules are in the database (booking/sql) and in the pure cores; nothing is
decided here.
"""
