"""The window around the canvas: tabs, docks, bars, menus, files."""
