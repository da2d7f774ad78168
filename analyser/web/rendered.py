"""Pages that cost seconds to make, kept while what they were made from stays the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock


class Rendered:
    """The last few pages that were made. One at a time is made: each takes a processor and much memory."""

    def __init__(self, most: int = 8) -> None:
        self._most, self._making = most, Lock()
        self._pages: OrderedDict[Hashable, str] = OrderedDict()

    def page(self, key: Hashable, make: Callable[[], str]) -> str:
        """The page of ``key``, made now where it was not made before; the oldest of too many is forgotten."""
        with self._making:
            if key not in self._pages:
                self._pages[key] = make()
                while len(self._pages) > self._most:
                    self._pages.popitem(last=False)
            self._pages.move_to_end(key)
            return self._pages[key]

    def clear(self) -> None:
        """Forget all: a page may quote a call that was deleted."""
        with self._making:
            self._pages.clear()
