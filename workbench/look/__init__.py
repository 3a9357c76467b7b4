"""Colours, sizes, fonts, icons and formulas for the dark and the light theme."""
