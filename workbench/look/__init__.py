"""Colours, sizes, fonts, icons and formulas, for dark and light."""
