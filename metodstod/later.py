"""Libraries that take megabytes of every web process and that few requests need: imported when they are first used, or in part."""

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from threading import Lock

_one_at_a_time = Lock()


class Later:
    """Stands for a module until something is asked of it."""

    def __init__(self, name):
        self._name = name

    def __getattr__(self, name):
        return getattr(import_module(self._name), name)


def alone(name):
    """Import one module of a package without what the package imports by itself: every country's, every language's."""
    package, _, _ = name.rpartition(".")
    with _one_at_a_time:
        if package in sys.modules:
            return import_module(name)
        sys.modules[package] = module_from_spec(find_spec(package))
        try:
            return import_module(name)
        finally:
            # Whoever asks for the package itself gets it whole.
            del sys.modules[package]
