"""What is read of call-ups."""

from greenlane.callup.queries.queue import NextTruck, Queue, next_up, on_the_way, queue_at, travel_from

__all__ = ["NextTruck", "Queue", "next_up", "on_the_way", "queue_at", "travel_from"]
