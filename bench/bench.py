#!/usr/bin/env python3
"""make bench: ct against its peers and the floor of this machine; writes RESULTS.md.

    bench.py BUILD [--quick] [--only REGEX] [--pairs N] [--seconds N] [--runs N] [--budget N]

BUILD is the folder of a release build with the benches. What a section found is kept in
BUILD/bench/sections, so that sections can be run again one by one. Those of BY_NAME take long and
are run only when --only asks for them.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
import time
import traceback

import clients
import programs
import report
import rounds
import sections_cost
import sections_judgement
import sections_latency
import sections_monitor
import sections_pace
import sections_verdict
from analysis import read_log

HERE = os.path.dirname(os.path.abspath(__file__))

SECTIONS = (
    ("lateness", "Lateness", sections_pace.lateness),
    ("arrivals", "Arrivals", sections_pace.arrivals),
    ("slope", "Slope", sections_pace.slope),
    ("company", "Precision in company", sections_pace.company),
    ("shapes", "Poisson and ramp", sections_pace.shapes),
    ("delays", "Known delays", sections_latency.delays),
    ("deaf", "A server that goes deaf", sections_latency.deaf),
    ("verdicts", "Verdicts", sections_verdict.verdicts),
    ("monitor", "Watching servers", sections_monitor.monitor),
    ("closed", "Closed model", sections_cost.closed),
    ("tls", "TLS", sections_cost.tls),
    ("http2", "HTTP/2", sections_cost.http2),
    ("paced", "CPU at a fixed rate", sections_cost.paced),
    ("recording", "Recording every result", sections_cost.recording),
    ("memory", "Memory", sections_cost.memory),
    ("churn", "New connections", sections_cost.churn),
    ("start", "Start", sections_cost.start),
    ("comparison", "Comparison", sections_judgement.comparison),
    ("searches", "Searches", sections_judgement.searches),
)
BY_NAME = ("comparison", "searches")


class Bench:
    """How everything is run: rounds, seconds, where."""

    def __init__(self, options):
        self.build = options.build
        self.quick = options.quick
        self.pairs = options.pairs or (2 if options.quick else 11)
        self.few = 1 if options.quick else min(self.pairs, 5)
        self.seconds = options.seconds or (2 if options.quick else 5)
        self.asked_seconds, self.runs, self.budget = options.seconds, options.runs, options.budget
        self.ct = clients.Ct(options.build)

    @staticmethod
    def say(text):
        say("  " + text)

    def seconds_for(self, least):
        return max(self.seconds, int(least + 0.999))

    def cases(self, *cases):
        """Of a table's cases a quick look leaves the first out (a low rate takes long) and those
        after the next two."""
        return cases[1:3] if self.quick else cases

    def rounds(self, runs, count=None, spare=()):
        return rounds.in_rounds(runs, count or self.pairs, self.say, spare)

    def recorded(self, client, digest, *options, tls=False):
        """A run against a recorder of its own; digest makes numbers of its log."""
        with programs.Recorder(self.build, *options, tls=tls) as server:
            server.url += "/"
            run = client(server)
            server.end()
            run.update(server.counts())
            run.update(digest(read_log(server.log_path)))
        return run

    def at_rate(self, server, rate, seconds, pacing, *flags, **how):
        """ct, open model. rate None: the flags say it."""
        plan = ["--rate", rate, "--duration", f"{seconds}s"] if rate else []
        if self.ct.has("--pacing"):
            plan += ["--pacing", pacing]
        return self.ct.run(server.url.rstrip("/") + "/", *plan, *flags, server=server, **how)

    def open(self, rate, seconds, pacing, digest=lambda log: {}, *flags, options=(), tls=False,
             **how):
        """The same against a recorder of its own."""
        flags += ("--insecure",) if tls else ()
        return self.recorded(
            lambda server: self.at_rate(server, rate, seconds, pacing, *flags, **how), digest,
            *options, tls=tls)

    def pool(self, server, *flags, connections=sections_cost.CONNECTIONS, seconds=0, **how):
        """ct, closed model. seconds 0: the usual; None: the flags say when it ends."""
        if seconds is not None:
            flags += ("--duration", f"{seconds or self.seconds}s")
        return self.ct.run(server.url, "--connections", connections, *flags, server=server, **how)


def say(text):
    print(text, file=sys.stderr, flush=True)


def said(argv, **how):
    return subprocess.run(argv, check=False, capture_output=True, text=True, **how).stdout.strip()


def commit():
    changed = said(["git", "-C", HERE, "status", "--porcelain", "--untracked-files=no", "--",
                    "../src", "../cmake", "../CMakeLists.txt"])
    return said(["git", "-C", HERE, "rev-parse", "--short", "HEAD"]) + ("+" if changed else "")


def machine(bench):
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
        models = re.findall(r"^model name\s*:\s*(.*)$", f.read(), re.MULTILINE)
    virtual = said(["systemd-detect-virt"]) or "unknown"
    versions = [said([p, f]).splitlines()[0] for p, f in (("h2load", "--version"),)]
    packages = said(["dpkg-query", "-W", "-f", "${Package} ${Version}, ", "wrk", "hey",
                     "apache2-utils", "httperf", "nginx-light"]).rstrip(", ")
    return {"machine": f"{len(models)} x {models[0] if models else platform.machine()} "
                       f"(virtualisation: {virtual})",
            "kernel": platform.release(),
            "ct": said([bench.ct.path, "--version"]) + f", commit {commit()}",
            "peers": ", ".join(versions + [packages]),
            "where": "generator on CPU 0, server on CPU 1, driver niced"}


def run_section(bench, name, title, function, folder):
    began = time.monotonic()
    about = {"commit": commit(), "machine": machine(bench)["machine"],
             "begun": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
             "mode": f"{bench.pairs} rounds of {bench.seconds} s or more"
                     + (" (quick: for development only)" if bench.quick else "")
                     + f", load average at the start {os.getloadavg()[0]:.1f}"}
    say(f"{name} ...")
    try:
        found = function(bench)
    except rounds.NotMeasurable as e:
        found = report.Report()
        found.row(title, "", str(e), None, report.NOT_HERE)
    except (rounds.Failed, OSError, KeyError, ValueError, ZeroDivisionError, TypeError) as e:
        traceback.print_exc()
        found = report.Report()
        found.row(title, "", f"{type(e).__name__}: {e}"[:300].replace("\n", " "), None,
                  report.FAILED)
    found.save(os.path.join(folder, name + ".json"), about)
    say(f"{name}: {time.monotonic() - began:.0f} s")
    for row in found.rows:
        say("  " + " | ".join(row))
    return all(row[4] != report.FAILED for row in found.rows)


def main():
    parser = argparse.ArgumentParser(description="ct against its peers and the floor")
    parser.add_argument("build")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="", help="regular expression of section names")
    parser.add_argument("--pairs", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--runs", type=int, default=0,
                        help="comparison: of the target; half as many of its slower form")
    parser.add_argument("--budget", type=int, default=0, help="searches: seconds of load of each")
    parser.add_argument("--out", default=os.path.join(HERE, "RESULTS.md"))
    bench = Bench(options := parser.parse_args())
    folder = os.path.join(bench.build, "bench", "sections")
    os.makedirs(folder, exist_ok=True)
    rounds.step_back()
    ok = True
    for name, title, function in SECTIONS:
        if re.search(options.only, name) and (options.only or name not in BY_NAME):
            ok = run_section(bench, name, title, function, folder) and ok
    text = report.compose(folder, [s[:2] for s in SECTIONS], machine(bench), commit())
    with open(options.out, "w", encoding="utf-8") as f:
        f.write(text)
    print(text)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
