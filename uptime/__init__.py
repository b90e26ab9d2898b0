"""Upspeak: an uptime monitor and status page that speaks five wire dialects."""

__version__ = "0.1.0"
