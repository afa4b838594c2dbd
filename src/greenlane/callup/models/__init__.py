"""The tables of call-up."""

from greenlane.callup.models.calls import Call, Hindrance, MassCall
from greenlane.callup.models.messages import Channel, ChannelChoice, Message, Webhook
from greenlane.callup.models.order import OrderEntry, OrderRoot

__all__ = [
    "Call",
    "Channel",
    "ChannelChoice",
    "Hindrance",
    "MassCall",
    "Message",
    "OrderEntry",
    "OrderRoot",
    "Webhook",
]
