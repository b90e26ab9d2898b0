"""The native wire: OpenUptimes at `/api`, extended in its own style."""
