"""What a recorder's log says about the client that filled it. Pure: no clock, no process.

Times are integers in nanoseconds. Quantiles are nearest ranks, as in ct: the smallest value such
that at least ceil(q * n) values are not above it.
"""

import array
import bisect
import math
from collections import namedtuple

NO_INDEX = 2**64 - 1
NS_PER_S = 10**9

Log = namedtuple("Log", "index arrival answered")
Line = namedtuple("Line", "slope begin slope_error")


def read_log(path):
    """The recorder's file: 24 bytes for each request (bench/recorder.c)."""
    words = array.array("Q")
    with open(path, "rb") as f:
        words.frombytes(f.read())
    if len(words) % 3 != 0:
        raise ValueError(f"{path}: not a whole number of records")
    return Log(words[0::3], words[1::3], words[2::3])


def quantile(ordered, q):
    if not ordered:
        return None
    return ordered[max(0, math.ceil(q * len(ordered) - 1e-9) - 1)]


def median(values):
    ordered = sorted(values)
    n = len(ordered)
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2 if n else None


def deviation(values):
    """The standard deviation with n - 1."""
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (len(values) - 1))


def pooled_deviation(groups):
    """Of the logarithms, within the groups: how far two of a group differ, as a share."""
    squares = degrees = 0
    for group in groups:
        squares += deviation([math.log(v) for v in group]) ** 2 * (len(group) - 1)
        degrees += len(group) - 1
    return math.sqrt(squares / degrees)


def holds(low, high, value):
    return low <= value <= high


def latencies(log):
    """Arrival to answer, of the requests that were answered; ordered."""
    return sorted(done - came for came, done in zip(log.arrival, log.answered) if done > 0)


def after_start(arrivals, skip_ns):
    """The arrivals in order, without those of the first skip_ns: a client's start is not its pace."""
    ordered = sorted(arrivals)
    return ordered[bisect.bisect_left(ordered, ordered[0] + skip_ns):] if ordered else []


def fit_line(at, values):
    """Least squares: slope, value at 0, standard error of the slope."""
    n = len(values)
    mean_x, mean_y = math.fsum(at) / n, math.fsum(values) / n
    spread = math.fsum((x - mean_x) ** 2 for x in at)
    slope = math.fsum((x - mean_x) * (y - mean_y) for x, y in zip(at, values)) / spread
    begin = mean_y - slope * mean_x
    rest = math.fsum((y - begin - slope * x) ** 2 for x, y in zip(at, values))
    return Line(slope, begin, math.sqrt(rest / max(1, n - 2) / spread))


def slope_ppm(arrivals, rate, blocks=60):
    """How far the pace is from the rate that was asked for, in parts per million (more than 0: too
    slow), and the standard error of that. A line through the medians of blocks: a few arrivals that
    are a millisecond late do not turn it, a clock that runs wrong does."""
    nominal = NS_PER_S / rate
    size = len(arrivals) // blocks
    begins = range(0, size * blocks, size)
    rests = [median([arrivals[k] - arrivals[0] - k * nominal for k in range(i, i + size)])
             for i in begins]
    line = fit_line([i + (size - 1) / 2 for i in begins], rests)
    return line.slope / nominal * 1e6, line.slope_error / nominal * 1e6


def shortest_interval(values, q):
    """The shortest interval that holds at least the fraction q of the values."""
    ordered = sorted(values)
    n = len(ordered)
    inside = max(1, math.ceil(q * n - 1e-9))
    return min((ordered[i + inside - 1] - ordered[i], ordered[i], ordered[i + inside - 1])
               for i in range(n - inside + 1))


def even_distance(arrivals, rate, q):
    """The distance from an even schedule that the fraction q of the arrivals keeps, for the schedule
    that suits them best: its begin is free, and its period is the one asked for, that of the least
    squares or that of the two halves, whichever is the kindest."""
    n = len(arrivals)
    half = n // 2
    halves = median([(arrivals[k + half] - arrivals[k]) / half for k in range(n - half)])
    best = math.inf
    fitted = fit_line(range(n), [a - arrivals[0] for a in arrivals]).slope
    for period in (NS_PER_S / rate, fitted, halves):
        rests = [a - arrivals[0] - k * period for k, a in enumerate(arrivals)]
        best = min(best, shortest_interval(rests, q)[0] / 2)
    return best


def gap_variation(arrivals):
    """Standard deviation of the gaps over their mean."""
    gaps = [b - a for a, b in zip(arrivals, arrivals[1:])]
    mean = math.fsum(gaps) / len(gaps)
    return math.sqrt(math.fsum((g - mean) ** 2 for g in gaps) / len(gaps)) / mean


def dispersion(arrivals, window_ns):
    """Variance over mean of the counts in windows (1 for a Poisson process), and its standard error
    for one."""
    begin = arrivals[0]
    windows = (arrivals[-1] - begin) // window_ns
    counts = [0] * windows
    for a in arrivals:
        i = (a - begin) // window_ns
        if i < windows:
            counts[i] += 1
    mean = sum(counts) / windows
    variance = math.fsum((c - mean) ** 2 for c in counts) / (windows - 1)
    return variance / mean, math.sqrt(2 / (windows - 1))


def ramp_instant(k, low, high, seconds):
    """When request k of a line of rates from low to high is due, in seconds: the time at which the
    integral of the rate is k."""
    slope = (high - low) / seconds
    if slope == 0:
        return k / low
    return (math.sqrt(low * low + 2 * slope * k) - low) / slope


def ramp_excess(arrivals, low, high, seconds, late_s=0.001, q=1.0):
    """How many requests the cumulative count is from the integral beyond what an instant within
    late_s explains; the begin that suits best. The quantile q of it over the arrivals."""
    due = [ramp_instant(k, low, high, seconds) for k in range(len(arrivals))]
    rests = [(a - arrivals[0]) / NS_PER_S - d for a, d in zip(arrivals, due)]
    _, first, last = shortest_interval(rests, q)
    begin = (first + last) / 2
    slope = (high - low) / seconds
    off = sorted(max(0.0, abs(r - begin) - late_s) * (low + slope * d) for r, d in zip(rests, due))
    return quantile(off, q)


def late_share(arrivals, rate, limit_ns):
    """The fraction of arrivals more than limit_ns behind an even schedule that begins with the
    punctual ones (the first percentile of the distances)."""
    rests = sorted(a - arrivals[0] - k * NS_PER_S / rate for k, a in enumerate(arrivals))
    punctual = quantile(rests, 0.01)
    return 1 - bisect.bisect_right(rests, punctual + limit_ns) / len(rests)
