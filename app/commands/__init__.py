"""One file a subcommand of `mudra`; each has `add_arguments(parser)` and `run(arguments) -> int`."""
