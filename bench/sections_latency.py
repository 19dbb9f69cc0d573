"""Are the latencies true? The recorder's log is the truth."""

import analysis
import clients
from report import Report, interval, judged, number
from rounds import both, difference, sign_test_interval, typical

QUANTILES = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))
FLOOR_CONNECTIONS = 2_000

CASES = (  # what, recorder's options, rate, TLS
    ("constant 5 ms", ["--delay", "5ms"], 100, False),
    ("constant 5 ms", ["--delay", "5ms"], 1_000, False),
    ("constant 5 ms", ["--delay", "5ms"], 10_000, False),
    ("95 % 1 ms, 5 % 50 ms", ["--delay", "mix:1ms,50ms,5%"], 1_000, False),
    ("lognormal, median 2 ms, sigma 0.5", ["--delay", "lognormal:2ms,0.5"], 1_000, False),
    ("lognormal, median 2 ms, sigma 0.5", ["--delay", "lognormal:2ms,0.5"], 10_000, False),
    ("constant 5 ms, TLS", ["--delay", "5ms"], 1_000, True),
    ("95 % 1 ms, 5 % 50 ms, TLS", ["--delay", "mix:1ms,50ms,5%"], 1_000, True),
    ("constant 100 ms: 1,000 in flight", ["--delay", "100ms"], 10_000, False),
)


def truth(log):
    took = analysis.latencies(log)
    return {"true_us": {name: analysis.quantile(took, q) / 1e3 for name, q in QUANTILES},
            "answered": len(took)}


def off(name):
    """Client minus true, of one run."""
    def value(run):
        said = run["response_us"].get(name)
        return None if said is None else said - run["true_us"][name]
    return value


def delays(b):
    out = Report(["delay", "rate", "quantile", "true us", "ct minus true", "bare loop minus true",
                  "ct beyond the floor"])
    for case in b.cases(*CASES):
        out.attempt(f"{case[0]}, {case[2]:,}/s", delay, b, out, *case)
    out.note("true: from the request's arrival (kernel's stamp) to just before its answer is "
             "written; the client's: from the instant the request was due. In both columns the way "
             "there and back, the wake-ups and the lateness are within 'minus true'")
    out.note("`ct run URL/ --rate R --pacing sleep`; bare loop: `bare_loop open` on 2,000 "
             "connections, always without TLS: what TLS costs counts against ct")
    return out


def delay(b, out, what, options, rate, tls):
    seconds = b.seconds_for(1_100 / rate)
    runs = {
        "ct": lambda: b.open(rate, seconds, "sleep", truth, options=options, tls=tls),
        "floor": lambda: b.recorded(
            lambda s: clients.bare(b.build, "open", s, FLOOR_CONNECTIONS, seconds, rate), truth,
            *options)}
    if (what, options, rate, tls) == CASES[1]:
        runs["again"] = runs["ct"]
    found = b.rounds(runs)
    judge_delay(out, what, rate, found)


def judge_delay(out, what, rate, found):
    worst, share = None, -1
    for name, _ in QUANTILES:
        true = typical(found, "ct", lambda r: r["true_us"][name])
        beyond = difference(found, "ct", "floor", off(name))
        limit = max(60, 0.01 * true)
        out.line(what, f"{rate:,}/s", name, true, typical(found, "ct", off(name)),
                 typical(found, "floor", off(name)), interval(beyond))
        if abs(beyond.median) / limit > share:
            worst, share = (name, beyond, limit), abs(beyond.median) / limit
    name, beyond, limit = worst
    again = interval(difference(found, "ct", "again", off(name))) if "again" in found else None
    out.row(f"{what}, {rate:,}/s: client minus true beyond the bare loop's, worst of p50, p90, p99",
            f"within {number(limit)} us", f"{name}: {interval(beyond)} us", again,
            judged(abs(beyond.median), limit))


def deaf(b):
    out = Report(["client", "quantile", "true us", "client us", "client minus true us"])
    rate, options = 1_000, ["--deaf", "500ms/2s"]
    seconds = 4 if b.quick else 8
    found = b.rounds({
        "ct": lambda: b.open(rate, seconds, "sleep", truth, options=options),
        "bare loop": lambda: b.recorded(
            lambda s: clients.bare(b.build, "open", s, FLOOR_CONNECTIONS, seconds, rate), truth,
            *options),
        "hey": lambda: b.recorded(lambda s: clients.hey(s, 10, seconds, rate), truth, *options),
        "wrk": lambda: b.recorded(lambda s: clients.wrk(s, 10, seconds), truth, *options),
        "again": lambda: b.open(rate, seconds, "sleep", truth, options=options)}, b.few,
        spare=("hey", "wrk"))
    for client in found:
        for name, _ in QUANTILES:
            true = typical(found, client, lambda r: r["true_us"][name])
            client_us = typical(found, client, lambda r: r["response_us"].get(name))
            out.line(client, name, true, client_us, typical(found, client, off(name)))
    for name, _ in QUANTILES:
        out.attempt(f"deaf server, {name}", judge_deaf, out, name, rate, found)
    out.note("the server's own log counts from arrival: what hey and wrk do not send while they wait "
             "is in neither column. hey: `-c 10 -q 100`; wrk: `-t1 -c10`, closed")
    return out


def judge_deaf(out, name, rate, found):
    def off_ms(run):
        value = off(name)(run)
        return value and value / 1e3
    values = sign_test_interval([x for x, _ in both(found, "ct", "ct", off_ms)])
    out.row(f"server deaf 500 ms in every 2 s, {rate:,}/s: {name} minus the server's own",
            "within 1 ms", interval(values) + " ms",
            interval(difference(found, "ct", "again", off_ms)) + " ms",
            judged(abs(values.median), 1))
