"""The wires we speak: each folder reads one, calls the core, and writes it."""
