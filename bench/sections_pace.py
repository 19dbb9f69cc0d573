"""When the requests leave: lateness, arrivals, slope, company, shapes."""

import subprocess

import analysis
import clients
import programs
from analysis import median
from report import MISSED, NOT_BUILT, PRINTED, REACHED, Report, interval, judged, number
from rounds import Failed, NotMeasurable, ratio, typical

MS = 10**6
START_NS = 500 * MS  # of each run is left out: connections are made then


SKIPPED = "requests were skipped or failed: the k-th arrival is not request k"
AGAIN_RATE = 1_000  # the row of a table that has its A/A


def again(found, value):
    return ratio(found, "ct", "again", value) if "again" in found else None


def is_clean(run):
    return run["clean"]


def p99_late(run):
    return run["late_us"]["p99"]


def lateness(b):
    out = Report(["rate", "pacing", "ct p50", "ct p99", "floor p50", "floor p99"])
    for rate in b.cases(100, 1_000, 10_000):
        out.attempt(f"lateness at {rate:,}/s, sleep pacing", sleeping, b, out, rate)
    for rate, limit in b.cases((100, 2), (1_000, 2), (10_000, 2), (50_000, 5)):
        spinning(b, out, rate, limit)
    out.note("ct: `--pacing sleep` (or `spin`) `--results none`, answered at once by the recorder; "
             "floor: `pacer_floor RATE SECONDS`")
    return out


def sleeping(b, out, rate):
    seconds = b.seconds_for(1_100 / rate)
    runs = {"ct": lambda: b.open(rate, seconds, "sleep"),
            "floor": lambda: clients.pacer_floor(b.build, rate, seconds)}
    if rate == AGAIN_RATE:
        runs["again"] = runs["ct"]
    found = b.rounds(runs)
    out.line(f"{rate:,}/s", "sleep", *late_pair(found, "ct"), *late_pair(found, "floor"))
    out.ratio(f"lateness p99 at {rate:,}/s, sleep pacing, over a bare pacer's", "<= 1.10", 1.10,
              ratio(found, "ct", "floor", p99_late), again(found, p99_late))


def spinning(b, out, rate, limit):
    what, figure = f"lateness p99 at {rate:,}/s, spinning", f"<= {limit} us"
    if not b.ct.has("--pacing"):
        out.row(what, figure, "", None, NOT_BUILT)
        return
    seconds = b.seconds_for(1_100 / rate)
    found = b.rounds({"ct": lambda: b.open(rate, seconds, "spin")}, b.few)
    out.line(f"{rate:,}/s", "spin", *late_pair(found, "ct"), "", "")
    out.measured(what, figure, limit, [p99_late(r) for r in found["ct"]], "us")


def late_pair(found, name):
    return [typical(found, name, lambda r, q=q: r["late_us"][q]) for q in ("p50", "p99")]


def arrivals_of(rate, skip_ns=START_NS):
    def digest(log):
        a = analysis.after_start(log.arrival, skip_ns)
        if len(a) < 100:
            raise Failed(f"only {len(a)} arrivals")
        return {"even_p50": analysis.even_distance(a, rate, 0.5) / 1e3,
                "even_p99": analysis.even_distance(a, rate, 0.99) / 1e3,
                "gaps": analysis.gap_variation(a), "ppm": analysis.slope_ppm(a, rate)[0],
                "arrived": len(log.arrival)}
    return digest


def peers(b, rate, seconds):
    """{name: run}; the rate of h2load is that of a client, that of hey of a worker."""
    def seen(client):
        return lambda: b.recorded(client, arrivals_of(rate))
    return {
        "httperf": seen(lambda s: clients.httperf(s, rate, seconds)),
        "h2load, 1 client": seen(lambda s: clients.h2load(s, "--h1", "-c1", f"--rps={rate}",
                                                          seconds=seconds)),
        "h2load, 10 clients": seen(lambda s: clients.h2load(s, "--h1", "-c10",
                                                            f"--rps={rate // 10}",
                                                            seconds=seconds)),
        "hey, 10 workers": seen(lambda s: clients.hey(s, 10, seconds, rate)),
    }


def arrivals(b):
    out = Report(["rate", "client", "p50 us", "p99 us", "variation of gaps", "slope ppm",
                  "CPU of a core"])
    for rate in b.cases(100, 1_000, 10_000):
        out.attempt(f"arrivals at {rate:,}/s", arrivals_at, b, out, rate)
    out.attempt("median of arrival - due", due, b, out, 1_000)
    out.note("arrivals: kernel receive stamps of the recorder; distance: of the even schedule that "
             "suits the client best (begin free, period asked for or fitted); the first 0.5 s of "
             "each run are left out")
    out.note("peers: `httperf --hog --rate=R --num-calls=1`, `h2load --h1 -t1 -cN --rps=R/N`, "
             "`hey -c 10 -q R/10 -cpus 1`. httperf never sleeps: it takes a whole core at any rate "
             "and opens a connection for each request")
    return out


def arrivals_at(b, out, rate):
    seconds = b.seconds_for(1 + 300 / rate)
    digest = arrivals_of(rate)
    runs = {"ct": lambda: b.open(rate, seconds, "sleep", digest),
            "bare loop": lambda: b.recorded(
                lambda s: clients.bare(b.build, "open", s, 64, seconds, rate), digest)}
    if rate == AGAIN_RATE:
        runs["again"] = runs["ct"]
    if b.ct.has("--pacing"):
        runs["ct, spinning"] = lambda: b.open(rate, seconds, "spin", digest)
    others = peers(b, rate, seconds)
    found = b.rounds({**runs, **others}, spare=others)
    for name in found:
        out.line(f"{rate:,}/s", name, *[typical(found, name, lambda r, k=k: r[k])
                                        for k in ("even_p50", "even_p99", "gaps", "ppm")],
                 typical(found, name, cores))
    judge_arrivals(out, rate, found, [name for name in others if name in found])


def cores(run):
    return run["cpu_s"] / run["wall_s"]


def judge_arrivals(out, rate, found, others):
    noise = again(found, p99_even)
    asleep = [name for name in others if typical(found, name, cores) < 0.8]
    for group, names in (("of the best peer's", others), ("of the best sleeping peer's", asleep)):
        best = min(names, key=lambda name: typical(found, name, p99_even))
        out.ratio(f"arrivals at {rate:,}/s, p99 of the distance, {group} ({best})", "<= 0.02", 0.02,
                  ratio(found, "ct", best, p99_even), noise)
    if rate == 1_000:
        out.measured("variation of the gaps at 1,000/s", "<= 0.08", 0.08,
                     [r["gaps"] for r in found["ct"]])


def due(b, out, rate):
    """ct's plan begins when its result says; to the microsecond."""
    def digest(log):
        return {"arrivals": sorted(log.arrival)}
    found = b.rounds({"ct": lambda: b.open(rate, b.seconds, "sleep", digest, dated=True)}, b.few)
    values = []
    for run in filter(is_clean, found["ct"]):
        values.append(median([a + run["wall_less_mono_ns"] - run["begun_wall_ns"]
                              - k * analysis.NS_PER_S // rate
                              for k, a in enumerate(run["arrivals"])]) / 1e3)
    out.measured(f"median of arrival - due at {rate:,}/s, sleep pacing", "<= 60 us", 60, values,
                 "us")
    out.note("due: the begin of the plan as the result file has it (microseconds of the wall "
             "clock), and the k-th instant after it for the k-th arrival")


def slope(b):
    out = Report(["rate", "run", "ppm", "standard error", "arrivals"])
    seconds = 10 if b.quick else 60
    for rate in (997, 10_007):
        def digest(log):
            found, error = analysis.slope_ppm(sorted(log.arrival), rate)
            return {"ppm": found, "error": error, "arrived": len(log.arrival)}
        found = b.rounds({"ct": lambda: b.open(rate, seconds, "sleep", digest)},
                         1 if b.quick else 3)["ct"]
        for i, run in enumerate(found):
            out.line(f"{rate:,}/s", i + 1, run["ppm"], run["error"], run["arrived"])
        out.attempt(f"slope at {rate:,}/s", judge_slope, out, rate, seconds, found)
    return out


def judge_slope(out, rate, seconds, found):
    known = [run["ppm"] for run in found if run["clean"]]
    if not known:
        raise NotMeasurable(SKIPPED)
    worst = max(known, key=abs)
    out.row(f"slope of arrival against index, {seconds} s at {rate:,}/s, worst of {len(known)}",
            "within 1 ppm", f"{worst:.3f} ppm", None, judged(abs(worst), 1))


def company(b):
    out = Report(["what", "p99 of the distance, us", "lateness p99, us", "verdicts"])
    for what, part in (("10,000 in flight", crowd), ("two threads", threads), ("TLS", tls),
                       ("beside a CPU hog", hog)):
        out.attempt(what, part, b, out)
    return out


def p99_even(run):
    return run["even_p99"]


def company_line(out, what, found, name):
    runs = found[name]
    out.line(what, typical(found, name, p99_even),
             typical(found, name, p99_late),
             ", ".join(sorted({r["verdict"] for r in runs})))


def crowd(b, out):
    """From when all 10,000 connections are there. With the usual cap of 10,000 in flight requests would begin when
    answers come: then the pace is the recorder's."""
    rate, digest = 5_000, arrivals_of(5_000, 2_500 * MS)
    seconds = max(b.seconds, 5)
    def run(*options):
        return b.open(rate, seconds, "sleep", digest, "--max-in-flight", 12_000, options=options)
    found = b.rounds({"alone": run, "crowd": lambda: run("--delay", "2s"), "again": run})
    out.ratio("the same at 5,000/s with 10,000 in flight (answers after 2 s), over answers at once",
              "<= 1.2", 1.2, ratio(found, "crowd", "alone", p99_even),
              ratio(found, "alone", "again", p99_even))
    company_line(out, "5,000/s, answers at once", found, "alone")
    company_line(out, "5,000/s, answers after 2 s", found, "crowd")


def threads(b, out):
    what = "the same at 5,000/s with two threads, over one"
    if not b.ct.has("--threads"):
        out.row(what, "<= 1.2", "", None, NOT_BUILT)
        return
    rate, digest = 5_000, arrivals_of(5_000)
    found = b.rounds({"one": lambda: b.open(rate, b.seconds, "sleep", digest),
                      "two": lambda: b.open(rate, b.seconds, "sleep", digest, "--threads", 2),
                      "again": lambda: b.open(rate, b.seconds, "sleep", digest)})
    out.ratio(what, "<= 1.2", 1.2, ratio(found, "two", "one", p99_even),
              ratio(found, "one", "again", p99_even))
    company_line(out, "5,000/s, one thread", found, "one")
    company_line(out, "5,000/s, two threads on one CPU", found, "two")


def tls(b, out):
    rate, digest = 5_000, arrivals_of(5_000)
    found = b.rounds({"plain": lambda: b.open(rate, b.seconds, "sleep", digest),
                      "tls": lambda: b.open(rate, b.seconds, "sleep", digest, tls=True)})
    out.row("the same at 5,000/s over TLS, over plain", "printed",
            interval(ratio(found, "tls", "plain", p99_even)), None, PRINTED)
    company_line(out, "5,000/s, plain", found, "plain")
    company_line(out, "5,000/s, TLS 1.3", found, "tls")


def hog(b, out):
    """Beside a program that never sleeps on the same CPU the verdict has to be what the recorder
    saw; between half of the limit and twice of it either is right."""
    rate, right, shares = 1_000, 0, []
    count = 2 if b.quick else 20

    def digest(log):
        return {"late": analysis.late_share(analysis.after_start(log.arrival, START_NS), rate, MS)}
    for _ in range(count):
        child = subprocess.Popen(programs.pinned(["sh", "-c", "while :; do :; done"],
                                                 programs.GENERATOR_CPU),
                                 preexec_fn=programs.usual_priority)
        try:
            run = b.open(rate, max(3, b.seconds), "sleep", digest)
        finally:
            child.kill()
            child.wait()
        shares.append(run["late"])
        right += 0.005 <= run["late"] <= 0.02 or (run["late"] > 0.01) == (run["verdict"] != "valid")
    out.row("beside a CPU hog on the core at 1,000/s: the verdict is what the recorder saw",
            f"{count} of {count}", f"{right} of {count}", None,
            REACHED if right == count else MISSED)
    out.line(f"beside a hog: share more than 1 ms late {number(min(shares))} to "
             f"{number(max(shares))}", "", "", "")


def shapes(b):
    out = Report(["what", "window or run", "found", "standard error"])
    out.attempt("Poisson arrivals", poisson, b, out)
    out.attempt("ramp", ramp, b, out)
    return out


def poisson(b, out):
    if not b.ct.has("--arrivals", "--seed"):
        out.row("Poisson: index of dispersion at 10 ms, 100 ms, 1 s", "1 +- 0.05", "", None,
                NOT_BUILT)
        return
    rate, seconds = 2_000, 10 if b.quick else 300

    def digest(log):
        return {w: analysis.dispersion(sorted(log.arrival), w * MS) for w in (10, 100, 1000)}
    found = b.rounds({"ct": lambda: b.open(rate, seconds, "sleep", digest, "--arrivals", "poisson",
                                           "--seed", 1, timeout_s=seconds + 60)}, 1)["ct"][0]
    if not found["clean"]:
        raise NotMeasurable(SKIPPED)
    for window in (10, 100, 1000):
        index, error = found[window]
        out.line(f"Poisson, {rate:,}/s, {seconds} s", f"{window} ms", index, error)
        off = abs(index - 1)
        verdict = REACHED if off <= 0.05 else REACHED + "?" if off <= 0.05 + 2 * error else MISSED
        out.row(f"Poisson arrivals: index of dispersion at {window} ms", "1 +- 0.05",
                f"{index:.3f} (standard error {error:.3f})", None, verdict)


def ramp(b, out):
    what = "ramp 100 to 1,000/s in 10 s: cumulative count from the integral, beyond 1 ms"
    if not b.ct.has("--plan"):
        out.row(what, "<= 1 request", "", None, NOT_BUILT)
        return

    def digest(log):
        a = sorted(log.arrival)
        return {"all": analysis.ramp_excess(a, 100, 1000, 10),
                "p99": analysis.ramp_excess(a, 100, 1000, 10, q=0.99)}
    found = b.rounds({"ct": lambda: b.open(None, None, "sleep", digest, "--plan",
                                           "line(100,1k,10s)")}, b.few)["ct"]
    for i, run in enumerate(found):
        out.line("ramp", f"run {i + 1}", f"{number(run['all'])} requests at most, p99 "
                 f"{number(run['p99'])}", "")
    out.measured(what, "<= 1 request", 1, [r["all"] for r in found if r["clean"]], "requests")
