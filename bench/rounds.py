"""Comparing programs on a machine that is not quiet: rounds in turned order, a ratio for each round,
the median of the ratios with the interval of a sign test."""

import math
import os
from collections import namedtuple

from analysis import median

STEAL_MAX = 2.0  # per cent of all CPU time in one run
STEAL_APART_MAX = 1.0  # points between the runs of a round
REPEATS_MAX = 3

Interval = namedtuple("Interval", "median low high coverage count")


class Failed(Exception):
    """A program did not do what the row needs."""


class NotMeasurable(Exception):
    """The machine took too much time from the runs."""


def stolen_and_all():
    with open("/proc/stat", encoding="ascii") as f:
        fields = [int(x) for x in f.readline().split()[1:9]]
    return fields[7], sum(fields)


def with_steal(run):
    stolen, total = stolen_and_all()
    result = run()
    stolen_after, total_after = stolen_and_all()
    result["steal"] = 100.0 * (stolen_after - stolen) / max(1, total_after - total)
    return result


def disturbed(results):
    steals = [r["steal"] for r in results]
    return max(steals) > STEAL_MAX or max(steals) - min(steals) > STEAL_APART_MAX


def one_round(runs, order, spare, say):
    """A run that may fail and does is taken out of runs for good."""
    found = {}
    for name in order:
        try:
            found[name] = with_steal(runs[name])
        except Failed as e:
            if name not in spare:
                raise
            say(f"{name} is left out: {e}")
            del runs[name]
    return found


def in_rounds(runs, count, say=lambda text: None, spare=()):
    """runs: {name: callable that returns a dict}. Each round runs all of them, every other round in
    the opposite order (ABBA). A round that the machine disturbed is repeated. Those in spare may
    fail and are missing then. Returns {name: [dict for each round]}."""
    results, runs = [], dict(runs)
    for i in range(count):
        for _ in range(REPEATS_MAX + 1):
            order = list(runs) if i % 2 == 0 else list(runs)[::-1]
            found = one_round(runs, order, spare, say)
            if not disturbed(found.values()):
                break
            say(f"round {i + 1}: steal of {max(r['steal'] for r in found.values()):.1f} %, again")
        else:
            raise NotMeasurable(f"steal in {REPEATS_MAX + 1} attempts at one round")
        results.append(found)
    return {name: [found[name] for found in results] for name in runs}


def sign_test_interval(values, confidence=0.95):
    """The median and the order statistics around it that hold the true one with at least that
    confidence, whatever the distribution; all of the values when they are too few for that."""
    ordered = sorted(values)
    n = len(ordered)
    cut, outside = 0, 2 * 0.5**n
    while True:
        tail = outside + 2 * math.comb(n, cut + 1) * 0.5**n
        if tail > 1 - confidence or cut + 1 >= n / 2:
            break
        cut, outside = cut + 1, tail
    return Interval(median(ordered), ordered[cut], ordered[n - 1 - cut], 1 - outside, n)


def both(results, a, b, value):
    """The value of both in each round in which both have one. ct withholds a quantile when too many
    of a run's requests were skipped or failed: no number then, and no row when that is usual."""
    found = [(value(x), value(y)) for x, y in zip(results[a], results[b])]
    known = [pair for pair in found if None not in pair]
    if 2 * len(known) <= len(found):
        raise NotMeasurable(f"withheld in {len(found) - len(known)} of {len(found)} rounds")
    return known


def ratio(results, a, b, value):
    """a over b, round by round. value: what to take of a run."""
    return sign_test_interval([x / y for x, y in both(results, a, b, value)])


def difference(results, a, b, value):
    return sign_test_interval([x - y for x, y in both(results, a, b, value)])


def typical(results, a, value):
    """The median over the rounds that have one; None when none has."""
    return median([v for v in map(value, results[a]) if v is not None])


def step_back():
    """The driver gives way to what it measures. Children are put back to the usual priority by
    whoever starts them, where that is allowed."""
    if os.geteuid() == 0:
        os.setpriority(os.PRIO_PROCESS, 0, 10)
