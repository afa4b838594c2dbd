"""Messages, the pure part: what they say, how long they are tried, and the channels that carry them."""
