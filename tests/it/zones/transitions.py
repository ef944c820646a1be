"""Prints local times around every transition of time zones from 1970 to 2150, as Python's zoneinfo resolves them.

Takes a folder of TZif files. A line for each local time: the file's name, the local time read as if it were UTC, the instant that it
means (RFC 5545 section 3.3.5: the first of two, the offset before a gap) and the UTC offset at that instant, all in seconds.
"""

import os
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

DAY = 86400
FIRST = 0
LAST = 5680281600  # 2150-01-01
EPOCH = datetime(1970, 1, 1)


def offset_at(zone, instant):
    utc = (EPOCH + timedelta(seconds=instant)).replace(tzinfo=zone)
    return int(zone.fromutc(utc).utcoffset().total_seconds())


def transitions(zone):
    before = offset_at(zone, FIRST)
    for day in range(FIRST + DAY, LAST + 1, DAY):
        after = offset_at(zone, day)
        # Two changes within a day that cancel each other would be missed; twelve hours later shows them.
        if after != before or offset_at(zone, day - DAY // 2) != before:
            yield from between(zone, day - DAY, day)
        before = after


def between(zone, low, high):
    """Transitions in (low, high], of which there are at most a few, hours apart."""
    step = 3600
    for start in range(low, high, step):
        first, last = start, min(start + step, high)
        if offset_at(zone, first) == offset_at(zone, last):
            continue
        old = offset_at(zone, first)
        while last - first > 1:
            middle = (first + last) // 2
            if offset_at(zone, middle) == old:
                first = middle
            else:
                last = middle
        yield last, old, offset_at(zone, last)


def resolve(zone, local):
    """The instant of a local time; a gap and a fold are what `fold=0` means by PEP 495."""
    civil = (EPOCH + timedelta(seconds=local)).replace(tzinfo=zone, fold=0)
    return int(civil.astimezone(timezone.utc).timestamp())


def main(folder):
    out = []
    for name in sorted(os.listdir(folder), key=int):
        with open(os.path.join(folder, name), "rb") as file:
            zone = ZoneInfo.from_file(file)
        for instant, old, new in transitions(zone):
            # The local times that are skipped, or shown twice, begin with the lower of the two and end before the higher.
            low, high = instant + min(old, new), instant + max(old, new)
            for local in (low - 1, low, (low + high) // 2, high - 1, high):
                at = resolve(zone, local)
                out.append(f"{name} {local} {at} {offset_at(zone, at)}\n")
    sys.stdout.write("".join(out))


main(sys.argv[1])
