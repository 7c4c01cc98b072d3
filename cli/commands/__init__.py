"""The commands: coroutine functions whose docstring is the help text, and whose parameters are the options."""
