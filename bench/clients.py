"""The clients that are compared: each run becomes a dict of numbers. Times in microseconds."""

import datetime
import json
import os
import re

import programs
from rounds import Failed

CT_JUDGED = (0, 92)  # done; done but called invalid
PERCENTILES = ("p50", "p90", "p99")


class Ct:
    def __init__(self, build):
        self.path = os.path.join(build, "ct")
        self.storage = os.path.join(build, "bench", "results")
        self.help = programs.run([self.path, "run", "--help"])["out"]

    def has(self, *flags):
        """Whether this ct lists the flags; what is not listed does not work yet."""
        return all(re.search(rf"(?<!\S){re.escape(f)}(?![-\w])", self.help) for f in flags)

    def run(self, url, *flags, server=None, results="none", cpu=programs.GENERATOR_CPU,
            timeout_s=300, watch=False, dated=False):
        argv = [self.path, "run", url, *map(str, flags), "--results", results, "--output", "json",
                "--quiet", "--storage", self.storage]
        run = programs.run(argv, server, cpu, timeout_s, watch, CT_JUDGED)
        summary = json.loads(run["out"].splitlines()[-1])
        counts = summary["accounting"]
        run.update(summary=summary, requests=counts["ok"], rate=summary["completed_rps"],
                   late_us=summary["lateness_us"], verdict=summary["verdict"]["status"],
                   reasons=[r["code"] for r in summary["verdict"]["reasons"]],
                   response_us={q: v and v * 1000 for q, v in summary["response_ms"].items()
                                if q in PERCENTILES})
        run["clean"] = counts["planned"] == counts["ok"]
        result = summary["result_file"]
        if dated:
            run["begun_wall_ns"] = begin_of(result)
        if result and os.path.exists(result):
            os.unlink(result)
        return per_request(run)

    def streams(self, n):
        return ["--streams", n] if self.has("--streams") else []

    def h2_connections(self, connections, streams):
        """What -c means: connections where streams have a flag, requests at once otherwise."""
        return connections if self.has("--streams") else connections * streams


def begin_of(path):
    """When a plan began, in ns of the wall clock, as its result file says to the microsecond."""
    with open(path, encoding="utf-8") as f:
        text = f.read(4096)
    local = re.search(r'"span_making_requests": \{"start": "([^"]+)"', text).group(1)
    begun = datetime.datetime.fromisoformat(local)
    return int(begun.replace(microsecond=0).timestamp()) * 10**9 + begun.microsecond * 1000


def per_request(run):
    if run["requests"] == 0:
        raise Failed("no request succeeded: " + run["out"][-300:])
    run["cpu_us"] = run["cpu_s"] * 1e6 / run["requests"]
    return run


def found(pattern, text, what):
    m = re.search(pattern, text)
    if m is None:
        raise Failed(f"{what} printed no {pattern!r}: {text[-300:]}")
    return float(m.group(1))


def bare(build, mode, server, connections, seconds, rate=None):
    argv = [os.path.join(build, "bench", "bare_loop"), mode, str(server.port), str(connections),
            str(seconds)] + ([str(rate)] if rate else [])
    run = programs.run(argv, server, timeout_s=seconds + 60)
    run.update(json.loads(run["out"]))
    return per_request(run)


def pacer_floor(build, rate, seconds):
    run = programs.run([os.path.join(build, "bench", "pacer_floor"), str(rate), str(seconds)])
    run["late_us"] = dict(zip(("p50", "p99", "p999", "max"), map(float, run["out"].split())))
    return run


def wrk(server, connections, seconds, watch=False):
    run = programs.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", server.url],
                       server, watch=watch)
    run["requests"] = found(r"(\d+) requests in", run["out"], "wrk")
    run["rate"] = found(r"Requests/sec:\s*([\d.]+)", run["out"], "wrk")
    units = {"us": 1, "ms": 1e3, "s": 1e6}
    run["response_us"] = {
        f"p{q}": float(value) * units[unit]
        for q, value, unit in re.findall(r"^\s*(50|90|99)%\s+([\d.]+)(us|ms|s)\s*$", run["out"],
                                         re.MULTILINE)}
    return per_request(run)


def h2load(server, *flags, seconds=None, watch=False):
    limit = ["-D", str(seconds)] if seconds else []
    run = programs.run(["h2load", "-t1", *map(str, flags), *limit, server.url], server, watch=watch)
    run["requests"] = found(r"(\d+) succeeded", run["out"], "h2load")
    run["rate"] = found(r"([\d.]+) req/s", run["out"], "h2load")
    return per_request(run)


def hey(server, workers, seconds, rate):
    run = programs.run(["hey", "-c", str(workers), "-q", f"{rate / workers:g}", "-z",
                        f"{seconds}s", "-cpus", "1", server.url], server)
    run["requests"] = found(r"\[200\]\s+(\d+) responses", run["out"], "hey")
    run["response_us"] = {f"p{q}": float(s) * 1e6 for q, s in
                          re.findall(r"(50|90|99)%+ in ([\d.]+) secs", run["out"])}
    return per_request(run)


def httperf(server, rate, seconds):
    """One request on each connection: the only way in which it sends at a rate of requests."""
    run = programs.run(["httperf", "--hog", "--server=127.0.0.1", f"--port={server.port}", "--uri=/",
                        f"--rate={rate}", f"--num-conns={rate * seconds}", "--num-calls=1",
                        "--timeout=1"], server, timeout_s=seconds + 20)
    run["requests"] = found(r"replies (\d+)", run["out"], "httperf")
    return per_request(run)


def ab(server, connections, requests):
    run = programs.run(["ab", "-q", "-c", str(connections), "-n", str(requests), server.url],
                       server)
    run["requests"] = found(r"Complete requests:\s+(\d+)", run["out"], "ab")
    run["rate"] = found(r"Requests per second:\s+([\d.]+)", run["out"], "ab")
    return per_request(run)
