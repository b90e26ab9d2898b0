"""Measurements of the numbers we want to beat: figures and ratios of one run, never a verdict."""
