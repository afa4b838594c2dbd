"""The tables of call-up."""

from greenlane.callup.models.calls import Call, CallPause, Hindrance, MassCall
from greenlane.callup.models.messages import CallAnswer, Channel, ChannelChoice, Message, Webhook
from greenlane.callup.models.order import OrderEntry, OrderRoot

__all__ = [
    "Call",
    "CallAnswer",
    "CallPause",
    "Channel",
    "ChannelChoice",
    "Hindrance",
    "MassCall",
    "Message",
    "OrderEntry",
    "OrderRoot",
    "Webhook",
]
