"""Does ct accuse itself when it is at fault, and only then? Clean runs, and targets that are overloaded."""

import json
import os
import signal
import socket
import threading
import time

import programs
from report import MISSED, REACHED, Report

OWN = {"late", "distorted", "skipped", "stalled", "loop_busy"}  # and gen_*: the generator's
RATE = 200


def run_of(b, url, *flags):
    """ct, open model; also where not one request succeeds."""
    run = programs.run([b.ct.path, "run", url, *map(str, flags), "--results", "none", "--output", "json",
                        "--quiet", "--storage", b.ct.storage], accept=(0, 92, 93))
    verdict = json.loads(run["out"].splitlines()[-1])["verdict"]
    return {"verdict": verdict["status"], "reasons": [r["code"] for r in verdict["reasons"]]}


def own_reasons(run):
    return [c for c in run["reasons"] if c in OWN or c.startswith("gen_")]


def verdicts(b):
    out = Report(["what", "runs", "valid", "named the generator", "reasons"])
    for ms in (0.2, 2, 20):
        out.attempt(f"{ms} ms", clean, b, out, ms)
    out.attempt("overloads", overloads, b, out)
    return out


def clean(b, out, ms):
    count = 2 if b.quick else 20
    runs = [b.open(RATE, b.seconds, "sleep", options=("--delay", f"{int(ms * 1000)}us"))
            for _ in range(count)]
    blamed = [r for r in runs if own_reasons(r)]
    out.line(f"clean, answers after {ms} ms, {RATE}/s", count,
             sum(r["verdict"] == "valid" for r in runs), len(blamed),
             ", ".join(sorted({c for r in blamed for c in own_reasons(r)})) or "-")
    out.row(f"false alarms in {count} clean runs, answers after {ms} ms", "0", str(len(blamed)), None,
            REACHED if not blamed else MISSED)


def stopped(b):
    """A target that is stopped for half of the run."""
    with programs.Recorder(b.build, keep_log=False) as server:
        stop = threading.Timer(1, os.kill, (server.child.pid, signal.SIGSTOP))
        go = threading.Timer(1 + b.seconds / 2, os.kill, (server.child.pid, signal.SIGCONT))
        stop.start()
        go.start()
        run = run_of(b, server.url + "/", "--rate", RATE, "--duration", f"{b.seconds}s", "--timeout", "5s")
        stop.join()
        go.join()
    return run


def starved(b):
    """A target with a twentieth of a CPU, asked for three times what that gives."""
    group = f"/sys/fs/cgroup/cpu/ct-bench-{os.getpid()}"
    if os.path.exists("/sys/fs/cgroup/cpu"):
        quota = {"cpu.cfs_quota_us": "5000", "cpu.cfs_period_us": "100000"}
    else:
        group, quota = f"/sys/fs/cgroup/ct-bench-{os.getpid()}", {"cpu.max": "5000 100000"}
    os.mkdir(group)
    try:
        for name, value in quota.items():
            with open(os.path.join(group, name), "w", encoding="ascii") as f:
                f.write(value)
        with programs.Recorder(b.build, keep_log=False) as server:
            with open(os.path.join(group, "cgroup.procs"), "w", encoding="ascii") as f:
                f.write(str(server.child.pid))
            run = run_of(b, server.url + "/", "--rate", 20_000, "--duration", f"{b.seconds}s",
                         "--timeout", "2s")
    finally:
        for _ in range(100):
            try:
                os.rmdir(group)
                break
            except OSError:
                time.sleep(0.05)
    return run


def backlog(b):
    """A target that listens with a queue of 1 and accepts nobody."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(1)
        url = f"http://127.0.0.1:{s.getsockname()[1]}/"
        return run_of(b, url, "--rate", RATE, "--duration", f"{b.seconds}s", "--timeout", "2s")


def overloads(b, out):
    total, blamed = 0, []
    for what, function in (("stopped for half of the run", stopped),
                           ("a twentieth of a CPU, 20,000/s", starved),
                           ("a backlog of 1, nobody accepts", backlog)):
        count = 1 if b.quick else 7 if function is not backlog else 6
        runs = [function(b) for _ in range(count)]
        own = [r for r in runs if own_reasons(r)]
        out.line(f"target: {what}", count, sum(r["verdict"] == "valid" for r in runs), len(own),
                 ", ".join(sorted({c for r in runs for c in r["reasons"]})) or "-")
        total += count
        blamed += own
    out.row(f"{total} overloads of the target: runs that named the generator", "0", str(len(blamed)),
            None, REACHED if not blamed else MISSED)
