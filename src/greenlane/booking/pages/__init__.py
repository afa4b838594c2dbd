"""Pages of drivers and dispatchers: choosing a slot, the booking and its pass, all bookings of a carrier."""
