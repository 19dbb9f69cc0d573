"""What watching costs: the load, the servers, this machine; and whether it is on time."""

import datetime
import json
import os
import signal
import subprocess
import threading
import time

import clients
import programs
from fleet import Fleet
from report import MISSED, PRINTED, REACHED, Report, judged
from rounds import Failed, ratio, typical

RATE = 1_000
SERVERS = 20
NEAR_MS = 50


def monitor(b):
    out = Report(["what", "lateness p50 us", "lateness p99 us", "samples", "missed"])
    for what, part in (("lateness beside watching", lateness), ("samples on time", on_time),
                       ("CPU on a watched server", server_cpu), ("a burnt core", burnt),
                       ("100 servers", hundred)):
        out.attempt(what, part, b, out)
    out.note(f"{SERVERS} sshds of our own on loopback, on the server's CPU, each read by SFTP every "
             "0.5 s; breaking: one is stopped, one killed, one sends 100 MB, a second after the "
             "run began; ct with its monitor is on the generator's CPU alone")
    return out


def p99_late(run):
    return run["late_us"]["p99"]


def watched(b, fleet, seconds, *flags, rate=RATE, interval=0.5, read=None, options=()):
    """A run that watches the fleet (None: nobody). read: makes numbers of the result file."""
    more = ["--config", fleet.config, "--monitoring-interval", interval] if fleet else []
    with programs.Recorder(b.build, *options, keep_log=False) as server:
        argv = [b.ct.path, "run", server.url + "/", "--rate", rate, "--duration", f"{seconds}s",
                "--results", "none", "--output", "json", "--quiet", "--storage", b.ct.storage,
                *more, *flags]
        run = programs.run([str(a) for a in argv], server, timeout_s=300, watch=True,
                           accept=clients.CT_JUDGED)
    summary = json.loads(run["out"].splitlines()[-1])
    run.update(late_us=summary["lateness_us"], servers=summary["servers"])
    if read is not None:
        with open(summary["result_file"], encoding="utf-8") as f:
            run["read"] = read(json.load(f)["cluster_samples"])
    os.unlink(summary["result_file"])
    return run


class Breaking(threading.Thread):
    """Begins a second after the run: one daemon stopped, one killed, one sends 100 MB a time."""

    def __init__(self, fleet):
        super().__init__(daemon=True)
        self.fleet, self.over = fleet, threading.Event()

    def run(self):
        self.over.wait(1.5)
        self.fleet.daemons[0].signal(signal.SIGSTOP)
        for pid in self.fleet.daemons[1].sessions():
            os.kill(pid, signal.SIGKILL)
        spoilt = f"{self.fleet.dir}/spoilt"
        open(spoilt, "wb").close()
        self.over.wait()
        os.unlink(spoilt)
        self.fleet.daemons[0].signal(signal.SIGCONT)


def broken(b, fleet, seconds):
    breaking = Breaking(fleet)
    breaking.start()
    try:
        return watched(b, fleet, seconds)
    finally:
        breaking.over.set()
        breaking.join()


def lateness(b, out):
    seconds = b.seconds_for(3)
    with Fleet(SERVERS, spoiling=True) as fleet:
        found = b.rounds({"alone": lambda: watched(b, None, seconds),
                          "watching": lambda: watched(b, fleet, seconds),
                          "breaking": lambda: broken(b, fleet, seconds),
                          "again": lambda: watched(b, None, seconds)})
    again = ratio(found, "again", "alone", p99_late)
    for name, what in (("watching", f"watching {SERVERS} servers"),
                       ("breaking", "watching, three of them breaking")):
        out.ratio(f"lateness p99 at {RATE:,}/s {what}, over watching nobody", "<= 1.10", 1.10,
                  ratio(found, name, "alone", p99_late), again)
    for name, runs in found.items():
        out.line(name, *[typical(found, name, lambda r, q=q: r["late_us"][q])
                         for q in ("p50", "p99")],
                 sum(s["samples"] for r in runs for s in r["servers"]),
                 sum(s["missed"] for r in runs for s in r["servers"]))


def at(text):
    return datetime.datetime.fromisoformat(text).timestamp()


def nearness(snapshots):
    """Share of samples that were taken within 50 ms of their instant, and the farthest in ms."""
    far = [1000 * abs(at(s["timestamp"]) - at(snapshot["timestamp"]))
           for snapshot in snapshots for s in snapshot["servers"] + snapshot["partial"]]
    return {"near": sum(ms <= NEAR_MS for ms in far), "count": len(far), "far_ms": max(far)}


def kept(b, fleet, seconds, interval, count):
    run = watched(b, fleet, seconds, interval=interval, read=nearness)["read"]
    share = 100 * run["near"] / (count * int(seconds / interval))
    return share, run["far_ms"]


def on_time(b, out):
    seconds = 10 if b.quick else 60
    with Fleet(SERVERS) as fleet:
        share, far = kept(b, fleet, seconds, 0.5, SERVERS)
    out.row(f"samples within {NEAR_MS} ms of their instants, {SERVERS} servers, 0.5 s, {seconds} s",
            "100 %", f"{min(share, 100):.2f} % (farthest {far:.1f} ms)", None,
            REACHED if share >= 100 else MISSED)


def cpu_ms(daemon, work, few, many):
    """CPU of the server in ms for each further sample: what connecting costs is in both."""
    spent = []
    for count in (few, many):
        before = daemon.cpu_of_all_s()
        done = work(count)
        spent.append((daemon.cpu_of_all_s() - before, done))
    (cpu_few, done_few), (cpu_many, done_many) = spent
    return 1000 * (cpu_many - cpu_few) / (done_many - done_few)


def predecessor(fleet):
    """A command for each sample over one connection, as Cluster Tester had it."""
    ssh = ["ssh", "-F", "none", "-o", f"ControlPath={fleet.dir}/mux", "-o",
           f"UserKnownHostsFile={fleet.known_hosts}", "-i", f"{fleet.dir}/user_key", "-p",
           str(fleet.ports[0]), "root@127.0.0.1"]
    command = "free -k; mpstat 2>/dev/null || cat /proc/stat"

    def work(count):
        subprocess.run(ssh[:1] + ["-M", "-N", "-f"] + ssh[1:], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(count):
            subprocess.run(ssh + [command], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(ssh[:1] + ["-O", "exit"] + ssh[1:], check=True, capture_output=True)
        return count
    return work


def server_cpu(b, out):
    def by_ct(count):
        run = watched(b, fleet, count // 10, rate=10, interval=0.1)
        return run["servers"][0]["samples"] + run["servers"][0]["missed"]
    many = 100 if b.quick else 400
    for how, more, limit in (("SFTP", "Subsystem sftp internal-sftp", 3), ("a shell loop", "", 3)):
        with Fleet(1, more) as fleet:
            spent = cpu_ms(fleet.daemons[0], by_ct, 20, many)
        out.row(f"CPU on the watched server per sample, by {how}", f"<= {limit} ms",
                f"{spent:.2f} ms", None, judged(spent, limit))
    with Fleet(1, "") as fleet:
        spent = cpu_ms(fleet.daemons[0], predecessor(fleet), 5, 30 if b.quick else 100)
    out.row("the same as the predecessor did it: free and mpstat in a command per sample", "printed",
            f"{spent:.2f} ms", None, PRINTED)


def burnt(b, out):
    """On two CPUs a burnt one is half of all."""
    if os.cpu_count() != 2:
        raise Failed("needs two CPUs")
    burner = []

    def burn():
        time.sleep(3.5)
        burner.append(time.time())
        subprocess.run(programs.pinned(["timeout", "5", "sh", "-c", "while :; do :; done"], 1),
                       check=False)
        burner.append(time.time())
    with Fleet(1) as fleet:
        thread = threading.Thread(target=burn)
        thread.start()
        found = watched(b, fleet, 13, rate=10, read=lambda s: [
            (at(x["timestamp"]), x["servers"][0]["stats"]) for x in s if x["servers"]])["read"]
        thread.join()
    def busy(v):
        return v["usr"] + v["nice"] + v["sys"]  # who burns is niced, as all that the driver starts
    during = [busy(v) for t, v in found if burner[0] + 1 <= t <= burner[1]]
    after = [busy(v) for t, v in found if t >= burner[1] + 1]
    good = 45 <= min(during) and max(during) <= 55 and max(after) < 45
    out.row("one of two cores burnt for 5 s: usr + sys from the second sample on, and after",
            "45 to 55 %, and back",
            f"{min(during):.1f} to {max(during):.1f} %, then at most {max(after):.1f} %", None,
            REACHED if good else MISSED)


def hundred(b, out):
    seconds = 5 if b.quick else 30
    with Fleet(100, daemons=False) as fleet:
        run = watched(b, fleet, seconds, rate=100, interval=1, read=nearness)
        one = watched_first(b, fleet, seconds)
    read, count = run["read"], 100 * seconds
    share = 100 * read["near"] / count
    out.row(f"samples within {NEAR_MS} ms of their instants, 100 servers, 1 s, one core", "100 %",
            f"{min(share, 100):.2f} % (farthest {read['far_ms']:.1f} ms)", None,
            REACHED if share >= 100 else MISSED)
    memory = (run["peak_kib"] - one["peak_kib"]) / 99
    out.row("memory per watched server", "<= 512 KiB", f"{memory:.0f} KiB", None,
            judged(memory, 512))


def watched_first(b, fleet, seconds):
    with open(fleet.config, encoding="ascii") as f:
        config = json.load(f)
    config["monitorServers"] = config["monitorServers"][:1]
    with open(fleet.config, "w", encoding="ascii") as f:
        json.dump(config, f)
    return watched(b, fleet, seconds, rate=100, interval=1)
