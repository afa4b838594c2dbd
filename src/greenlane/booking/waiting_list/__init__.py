"""The waiting list: in which order it stands, what fits whom, and who is offered which freed place.

Pure: no Django. `serving.serve` is the whole rule; `booking.commands.waiting` carries out what it says.
"""
