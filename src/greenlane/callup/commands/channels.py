"""The adapters that carry messages, as the settings name them."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from greenlane.callup.messages.adapter import ChannelAdapter
from greenlane.errors import GreenlaneError


def adapter_of(channel: str) -> ChannelAdapter:
    """The adapter of a channel; the same object in a process as long as its setting is the same.

    Raises:
        GreenlaneError: ``adapter_wrong`` where there is no such class, or it does not take its options.
    """
    setting = settings.GREENLANE_CHANNELS[channel]
    return _made(channel, setting["adapter"], json.dumps(setting.get("options", {}), sort_keys=True))


def receipt_secret(channel: str) -> str:
    """What a provider must know to tell of receipts; empty where none are taken."""
    return str(settings.GREENLANE_CHANNELS.get(channel, {}).get("receipt_secret", ""))


def channel_option(channel: str, name: str) -> Any:
    """One option of a channel's adapter, None where it is not set."""
    return settings.GREENLANE_CHANNELS[channel].get("options", {}).get(name)


@lru_cache(maxsize=16)
def _made(channel: str, path: str, options: str) -> ChannelAdapter:
    try:
        made = import_string(path)(**json.loads(options))
    except (ImportError, TypeError) as error:
        raise GreenlaneError(
            "adapter_wrong",
            f"The adapter {path} of the channel {channel} cannot be made: {error}.",
            field="GREENLANE_CHANNELS",
            mend="Name a class that is installed, and the options that it takes.",
            status=500,
        ) from error
    if not isinstance(made, ChannelAdapter):
        raise GreenlaneError(
            "adapter_wrong",
            f"{path} is not a ChannelAdapter.",
            field="GREENLANE_CHANNELS",
            mend="Derive it from greenlane.callup.messages.adapter.ChannelAdapter.",
            status=500,
        )
    return made
