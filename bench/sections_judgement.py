"""Is ct right about programs whose truth is known? Pairs of runs of a target and of its slower form, and one search
again and again. Each takes long: they are run only when they are asked for by name."""

import itertools
import json
import os
import random
import shutil
import tempfile
import time

import programs
from analysis import deviation, holds, median, pooled_deviation
from report import MISSED, NOT_HERE, REACHED, Report, judged, number
from rounds import STEAL_MAX, Failed, NotMeasurable, with_steal

SEGMENT_TRIES, TRIES = 60, 3  # at a segment, at a search that this machine spoilt
CALM_S = 5  # seconds to wait before a segment is tried again

# --- the comparison ---

RUNS, SECONDS, SEGMENTS = 40, 22.5, 6  # of the target; of a run; that a run is cut into
CLEAN_PAIRS, SLOW_PAIRS = 200, 100
CLEAN_WORSE_MAX, SLOW_FOUND_MIN = 2, 95  # per cent
NOISE_MAX = 3  # per cent: beyond it the row says nothing
SLOWER = 1.1
RATE = 100
SORTED = 1600  # numbers in the bubble sort: some 3.5 ms, a third of a CPU

# --- the searches ---

SEARCHES, BUDGET = 10, 300  # how often; seconds of load of each
LIMIT = "p(99)<100ms"  # far beyond what this machine stands still for (10 to 20 ms, now and then)
SEARCHED = 800  # numbers in the bubble sort: some 0.9 ms
VARIATION_MAX = 2.5  # per cent, of the ten answers
MACHINE_MAX = VARIATION_MAX / 2  # per cent, of what the sort costs: beyond it the answers must differ
INSIDE_MIN = 0.8  # of the intervals hold the median of all answers


def printed(run):
    """The object that a command printed, with whatever it said besides."""
    text = run["out"]
    return json.JSONDecoder().raw_decode(text, text.index('{"schema"'))[0]


class Target(programs.Server):
    """ct target with one thread, on the server's CPU."""

    def __init__(self, ct):
        super().__init__()
        self.out_path = os.path.join(self.dir, "out")
        with open(self.out_path, "wb") as out:
            self.child = programs.start([ct, "target", "--port", "0", "--threads", "1"],
                                        programs.SERVER_CPU, out)
        self.url = self.wait_for(self.listening)

    def listening(self):
        with open(self.out_path, encoding="ascii") as f:
            line = f.readline()
        return line.split()[-1] if line.startswith("listening on ") and line.endswith("\n") else None

    def sort_of(self, numbers):
        return f"{self.url}/bubble-sort?n={round(numbers)}"


class Yardstick(programs.Server):
    """What the sort costs meanwhile, on the server's CPU: a few thousandths of it."""

    def __init__(self, build, numbers):
        super().__init__()
        self.out_path = os.path.join(self.dir, "out")
        with open(self.out_path, "wb") as out:
            self.child = programs.start([os.path.join(build, "bench", "yardstick"), str(numbers)],
                                        programs.SERVER_CPU, out)

    def mean_us(self):
        """Ends it."""
        self.end()
        with open(self.out_path, encoding="ascii") as f:
            return json.load(f)["mean_us"]


class Form:
    """A run of one form of the target, made of segments."""

    def __init__(self, name, numbers):
        self.name, self.numbers = name, numbers
        self.files, self.p50_ms, self.steal = [], [], []


def segment(b, server, form, seconds, folder):
    """One segment more: a ct run of its own."""
    argv = [b.ct.path, "run", server.sort_of(form.numbers), "--rate", str(RATE), "--duration",
            f"{seconds:g}s", "--results", "none", "--output", "json", "--quiet", "--storage", folder]
    for _ in range(SEGMENT_TRIES):
        run = with_steal(lambda: programs.run(argv, timeout_s=seconds + 60, accept=(0, 92)))
        if run["status"] == 0 and run["steal"] <= STEAL_MAX:
            break
        time.sleep(CALM_S)
    else:
        raise NotMeasurable(f"a segment was spoilt {SEGMENT_TRIES} times: by steal, or ct was late")
    summary = printed(run)
    form.files.append(summary["result_file"])
    form.p50_ms.append(summary["service_ms"]["p50"])
    form.steal.append(run["steal"])


def by_turns(count):
    """Two clean ones around each slow one."""
    slow = SORTED * SLOWER ** 0.5  # comparisons go with the square
    for k in range(count):
        yield Form("clean", SORTED)
        if k % 2 == 0:
            yield Form("slow", slow)


def measure(b, server, count, segments, seconds, folder):
    """Round k makes segment k of every run, every other round in the opposite order: each run has
    seen the whole time, so that any two of them can be held against each other."""
    forms = list(by_turns(count))
    for k in range(segments):
        for form in forms if k % 2 == 0 else forms[::-1]:
            segment(b, server, form, seconds / segments, folder)
        b.say(f"segment {k + 1} of {segments} of each run")
    return [f for f in forms if f.name == "clean"], [f for f in forms if f.name == "slow"]


def judge(b, pairs, folder):
    """How often B was called what."""
    said = {}
    for x, y in pairs:
        run = programs.run([b.ct.path, "compare", "--baseline", *x.files, "--candidate", *y.files,
                            "--force", "--output", "json", "--storage", folder],
                           cpu=None, accept=(0, 90, 92))
        status = printed(run)["verdict"]["status"]
        said[status] = said.get(status, 0) + 1
    return said


def drawn(pairs, count):
    return random.Random(1).sample(pairs, min(count, len(pairs)))


def share(said):
    return 100 * said.get("worse", 0) / sum(said.values())


def comparison(b):
    count = b.runs or (4 if b.quick else RUNS)
    seconds = b.asked_seconds or (4 if b.quick else SECONDS)
    segments = 4 if b.quick else SEGMENTS
    out = Report(["pairs of", "pairs", "worse", "not worse", "better", "cannot be said", "invalid"])
    began = time.monotonic()
    folder = tempfile.mkdtemp(prefix="ct-bench-pairs-")
    try:
        with Target(b.ct.path) as server:
            clean, slow = measure(b, server, count, segments, seconds, folder)
        minutes = (time.monotonic() - began) / 60
        same = judge(b, drawn(list(itertools.permutations(clean, 2)), CLEAN_PAIRS), folder)
        across = judge(b, drawn(list(itertools.product(clean, slow)), SLOW_PAIRS), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for name, said in (("the same program", same), (f"{100 * SLOWER - 100:.0f} % slower", across)):
        out.line(name, sum(said.values()), *[said.get(status, 0) for status in
                 ("worse", "not_worse", "better", "inconclusive", "invalid")])
    report_pairs(out, same, across, 100 * pooled_deviation([f.p50_ms for f in clean]))
    steal = [s for f in clean + slow for s in f.steal]
    out.note(f"{len(clean)} runs of bubble-sort, n = {SORTED}, and {len(slow)} of its form with "
             f"{SLOWER:g} times the comparisons, {RATE}/s; a run is {segments} segments of "
             f"{seconds / segments:g} s, each a `ct run` of its own; {minutes:.1f} minutes, "
             f"steal at most {max(steal):.2g} %")
    out.note("A/A: the standard deviation of service p50 from one segment of a run to the next")
    return out


def report_pairs(out, same, across, noise):
    again = f"a segment differs by {noise:.2g} %"
    verdicts = (REACHED if share(same) <= CLEAN_WORSE_MAX else MISSED,
                REACHED if share(across) >= SLOW_FOUND_MIN else MISSED)
    if noise > NOISE_MAX:
        verdicts = (NOT_HERE, NOT_HERE)
    out.row(f"{sum(same.values())} pairs of the same program called worse",
            f"{CLEAN_WORSE_MAX} %", f"{share(same):.1f} %", again, verdicts[0])
    out.row(f"{sum(across.values())} pairs with the {100 * SLOWER - 100:.0f} % slower form found",
            f"{SLOW_FOUND_MIN} %", f"{share(across):.1f} %", again, verdicts[1])


def one_search(b, server, seed, budget):
    argv = [b.ct.path, "find", server.sort_of(SEARCHED), "--limit", LIMIT, "--budget", f"{budget}s",
            "--confirm", "0", "--seed", str(seed), "--results", "none", "--output", "json", "--quiet",
            "--storage", os.path.join(server.dir, "results")]
    for _ in range(TRIES):
        with Yardstick(b.build, SEARCHED) as yardstick:
            run = with_steal(lambda: programs.run(argv, timeout_s=3 * budget + 120, accept=(0, 92)))
            sort_us = yardstick.mean_us()
        answer = printed(run)["answer"]
        if run["status"] == 0 and None not in (answer["low"], answer["capacity"], answer["high"]):
            return dict(answer, steal=run["steal"], minutes=run["wall_s"] / 60, sort_us=sort_us)
    raise NotMeasurable(f"a search came to no interval in {TRIES} attempts: {run['out'][-200:]}")


def fit_searches(b, server, count, budget):
    """So many that were not robbed of CPU time, and the answers of those that were."""
    found, robbed = [], []
    while len(found) < count and len(robbed) < count:
        a = one_search(b, server, len(found) + len(robbed) + 1, budget)
        (robbed if a["steal"] > STEAL_MAX else found).append(a)
        b.say(f"search {len(found) + len(robbed)}, {len(found)} of {count} fit: {a['capacity']:.4g}/s, "
              f"a sort takes {a['sort_us']:.4g} us, steal {a['steal']:.2g} %")
    if len(found) < count:
        raise NotMeasurable(f"{len(robbed)} of {len(found) + len(robbed)} searches were robbed of "
                            f"more than {STEAL_MAX:g} % of the CPU time")
    return found, robbed


def searches(b):
    budget = b.budget or (15 if b.quick else BUDGET)
    count = 3 if b.quick else SEARCHES
    out = Report(["search", "capacity/s", "from", "to", "width %", "holds the median", "ending",
                  "minutes", "steal %", "a sort us"])
    with Target(b.ct.path) as server:
        found, robbed = fit_searches(b, server, count, budget)
    report_searches(out, found)
    out.note(f"`ct find --limit '{LIMIT}' --budget {budget}s --confirm 0`, each with a seed of its "
             f"own, of bubble-sort, n = {SEARCHED}, Poisson arrivals; the median is that of the "
             f"{count} answers")
    if robbed:
        answers = ", ".join(number(a["capacity"]) for a in robbed)
        out.note(f"{len(robbed)} more were robbed of more than {STEAL_MAX:g} % of the CPU time and do "
                 f"not count: {answers}/s")
    return out


def variation(values):
    """Coefficient of variation, per cent."""
    return 100 * deviation(values) / (sum(values) / len(values))


def report_searches(out, found):
    capacities = [a["capacity"] for a in found]
    pooled = median(capacities)
    inside = [holds(a["low"], a["high"], pooled) for a in found]
    for k, (a, is_inside) in enumerate(zip(found, inside), 1):
        out.line(str(k), a["capacity"], a["low"], a["high"], 100 * (a["high"] / a["low"] - 1),
                 "yes" if is_inside else "no", a["ending"], a["minutes"], a["steal"], a["sort_us"])
    if len(found) < 2 or pooled <= 0:
        raise Failed("no variation can be computed")
    report_variation(out, found)
    least = INSIDE_MIN * len(found)
    out.row(f"of {len(found)} intervals hold the median of all", f"{least:g}", str(sum(inside)),
            steal_of(found), REACHED if sum(inside) >= least else MISSED)
    out.measured("minutes of a search", "", None, [a["minutes"] for a in found])


def steal_of(found):
    return f"steal {median([a['steal'] for a in found]):.2g} %"


def report_variation(out, found):
    """As it is, and with the capacity in CPUs: how much of one the target's work takes there."""
    machine = variation([a["sort_us"] for a in found])
    plain = variation([a["capacity"] for a in found])
    in_cpus = variation([a["capacity"] * a["sort_us"] for a in found])
    moved = machine > MACHINE_MAX and plain > VARIATION_MAX
    out.row(f"{len(found)} searches of one target: coefficient of variation", f"{VARIATION_MAX} %",
            f"{plain:.2f} %", f"a sort {machine:.2g} %, {steal_of(found)}",
            NOT_HERE if moved else judged(plain, VARIATION_MAX))
    out.row("the same of the capacity times the CPU time of a sort meanwhile", f"{VARIATION_MAX} %",
            f"{in_cpus:.2f} %", steal_of(found), judged(in_cpus, VARIATION_MAX))
