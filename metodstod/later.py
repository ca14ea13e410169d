"""Libraries that take megabytes of every web process and that few requests need: imported when they are first used."""

from importlib import import_module


class Later:
    """Stands for a module until something is asked of it."""

    def __init__(self, name):
        self._name = name

    def __getattr__(self, name):
        return getattr(import_module(self._name), name)
