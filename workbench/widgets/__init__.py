"""Widgets shared by panels, canvas and bars."""
