"""The commands that are more than the start of a part: each module adds its own to the group."""
