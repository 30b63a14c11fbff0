"""Icons, label maps, spoken phrases and hand poses as data, read by importlib.resources."""
