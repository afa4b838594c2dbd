"""The batch ballot: who gets which slot when all wishes of a day are drawn together. Pure: no Django.

`tickets` makes the order from the seeds, `draw` gives out the places, `document` is the public file, `verify`
draws again from it. docs/reference/ballot.md has the format and a verifier of twenty lines.
"""
