"""What changes call-ups: one use case and one transaction each."""

from greenlane.callup.commands.releasing import recall, release

__all__ = ["recall", "release"]
