"""Cameras: which there are, how one is opened, what is wrong with it and what to change."""
