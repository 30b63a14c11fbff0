"""The version of Mudra, in one place; it is written into clips, datasets and bundles."""

VERSION = "0.1.0"
