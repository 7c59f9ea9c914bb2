"""Waiting for conditions, never for a fixed time."""

import time

PATIENCE_SECONDS = 90
PAUSE_SECONDS = 0.2


def until(what, check, seconds=PATIENCE_SECONDS):
    """Asks until the answer is true, and returns it; fails with the last answer at the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}; the last answer was {answer!r}")
        time.sleep(PAUSE_SECONDS)
