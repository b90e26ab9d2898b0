"""Nouns and pure rules: no clock, no network, no store."""
