# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls that are expected to wait."""

import threading
import time

WAITS_SECONDS = 0.4
ENDS_SECONDS = 20


class Attempt(threading.Thread):
    """Runs call() beside the test."""

    def __init__(self, call, *arguments):
        super().__init__(daemon=True)
        self._call, self._arguments = call, arguments
        self._answer = self._error = None
        self.ended_at = None
        self.start()

    def run(self):
        try:
            self._answer = self._call(*self._arguments)
        except BaseException as error:  # for end()
            self._error = error
        self.ended_at = time.monotonic()

    def waits(self, seconds=WAITS_SECONDS):
        """Whether it is still not done after a while."""
        self.join(seconds)
        return self.is_alive()

    def end(self, seconds=ENDS_SECONDS):
        """Its answer, which must come."""
        self.join(seconds)
        assert not self.is_alive(), f"not done after {seconds} s"
        if self._error is not None:
            raise self._error
        return self._answer
