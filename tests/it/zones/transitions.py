"""Prints local times around every transition of time zones from 1970 to 2150, as Python's zoneinfo resolves them.

Takes a folder of TZif files. A line for each local time: the file's name, the local time read as if it were UTC, the instant that it
means (RFC 5545 section 3.3.5: the first of two, the offset before a gap) and the UTC offset at that instant, all in seconds.
"""

import os
import struct
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


def listed(tzif):
    """The instants that a TZif file of version 2 or later lists, and whether a rule follows on them (RFC 9636 section 3)."""
    block = 44
    isut, isstd, leap, times, kinds, letters = struct.unpack(">6L", tzif[20:44])
    start = block + times * 5 + kinds * 6 + letters + leap * 8 + isstd + isut
    isut, isstd, leap, times, kinds, letters = struct.unpack(">6L", tzif[start + 20 : start + 44])
    instants = struct.unpack(f">{times}q", tzif[start + 44 : start + 44 + times * 8])
    footer = tzif[start + 44 + times * 9 + kinds * 6 + letters + leap * 12 + isstd + isut :]
    return instants, b"," in footer


def transitions(zone, tzif):
    """Instants from FIRST to LAST at which the offset changes: those that are listed, then those found day by day."""
    instants, has_rule = listed(tzif)
    for instant in instants:
        if FIRST < instant < LAST and offset_at(zone, instant - 1) != offset_at(zone, instant):
            yield instant
    if not has_rule:
        return
    start = max([FIRST, *instants])
    before = offset_at(zone, start)
    for low in range(start, LAST, DAY):
        after = offset_at(zone, low + DAY)
        if after != before:
            yield change_between(zone, low, low + DAY)
        before = after


def change_between(zone, low, high):
    """The one change of the offset in (low, high]."""
    old = offset_at(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(zone, middle) == old:
            low = middle
        else:
            high = middle
    return high


def resolve(zone, local):
    """The instant of a local time; a gap and a fold are what `fold=0` means by PEP 495."""
    civil = (EPOCH + timedelta(seconds=local)).replace(tzinfo=zone, fold=0)
    return int(civil.astimezone(timezone.utc).timestamp())


def main(folder):
    out = []
    for name in sorted(os.listdir(folder), key=int):
        path = os.path.join(folder, name)
        with open(path, "rb") as file:
            zone = ZoneInfo.from_file(file)
        with open(path, "rb") as file:
            tzif = file.read()
        for instant in transitions(zone, tzif):
            old, new = offset_at(zone, instant - 1), offset_at(zone, instant)
            # The local times that are skipped, or shown twice, begin with the lower of the two and end before the higher.
            low, high = instant + min(old, new), instant + max(old, new)
            for local in (low - 1, low, (low + high) // 2, high - 1, high):
                at = resolve(zone, local)
                out.append(f"{name} {local} {at} {offset_at(zone, at)}\n")
    sys.stdout.write("".join(out))


main(sys.argv[1])
