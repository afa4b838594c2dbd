"""The traffic player: a crossing's carriers and devices, acted out against a running Greenlane over HTTP."""
