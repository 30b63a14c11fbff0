"""The bundles that ship with Mudra, each with its card, read by importlib.resources."""
