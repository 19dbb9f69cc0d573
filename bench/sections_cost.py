"""What a request costs: CPU, memory, connections, start."""

import clients
import programs
from analysis import median
from report import MISSED, NOT_BUILT, REACHED, Report, interval, judged, number
from rounds import ratio, sign_test_interval, typical

CONNECTIONS = 50
BUSY_MAX = 0.85


def cpu(run):
    return run["cpu_us"]


def rate_of(run):
    return run["rate"]


def closed_lines(out, where, found):
    for name in found:
        out.line(where, name, *[typical(found, name, lambda r, k=k: r[k])
                                for k in ("rate", "cpu_us", "server_busy")])


def busiest(found):
    return max(median([r["server_busy"] for r in runs]) for runs in found.values())


def closed(b):
    out = Report(["server", "client", "requests/s", "CPU us per request", "server busy"])
    if not b.ct.has("--connections"):
        out.row("closed model, 50 connections", "", "", None, NOT_BUILT)
        return out
    for where, make in (("recorder", lambda: programs.Recorder(b.build, keep_log=False)),
                        ("nginx", programs.Nginx)):
        out.attempt(f"closed model, {where}", closed_on, b, out, where, make)
    out.note("`ct run URL -c 50`, `wrk -t1 -c50 --latency`, `bare_loop closed`; CPU: user and "
             "system of the client's process, start and end included")
    return out


def closed_on(b, out, where, make):
    with make() as server:
        server.url = server.url.rstrip("/") + "/"
        found = b.rounds({
            "ct": lambda: b.pool(server),
            "wrk": lambda: clients.wrk(server, CONNECTIONS, b.seconds),
            "bare loop": lambda: clients.bare(b.build, "closed", server, CONNECTIONS, b.seconds),
            "again": lambda: b.pool(server)})
    closed_lines(out, where, found)
    judge_closed(out, where, found)


def judge_closed(out, where, found):
    again = ratio(found, "ct", "again", cpu)
    out.ratio(f"closed model, 50 connections, {where}: CPU per request over wrk's", "<= 0.87", 0.87,
              ratio(found, "ct", "wrk", cpu), again)
    out.ratio(f"closed model, 50 connections, {where}: CPU per request over a bare loop's",
              "<= 1.06", 1.06, ratio(found, "ct", "bare loop", cpu), again)
    more = ratio(found, "wrk", "ct", rate_of)
    what = f"closed model, 50 connections, {where}: wrk's rate over ct's"
    busy = busiest(found)
    if busy > BUSY_MAX:
        out.row(what, "<= 1", interval(more), "", f"compares nothing: server {busy:.0%} busy")
    else:
        out.ratio(what, "<= 1", 1, more, ratio(found, "ct", "again", rate_of))


def tls(b):
    out = Report(["server", "client", "requests/s", "CPU us per request", "server busy"])
    with programs.Nginx(tls=True) as server:
        found = b.rounds({"ct": lambda: b.pool(server, "--insecure"),
                          "wrk": lambda: clients.wrk(server, CONNECTIONS, b.seconds),
                          "again": lambda: b.pool(server, "--insecure")})
    closed_lines(out, "nginx, TLS 1.3", found)
    out.ratio("TLS 1.3, same cipher, 50 connections: CPU per request over wrk's", "<= 0.88", 0.88,
              ratio(found, "ct", "wrk", cpu), ratio(found, "ct", "again", cpu))
    out.note("TLS_AES_128_GCM_SHA256 for both. wrk verifies no certificate; `ct --insecure`")
    if busiest(found) > BUSY_MAX:
        out.note("the server is the limit here: the rates compare nothing")
    return out


def http2(b):
    out = Report(["server", "client", "requests/s", "CPU us per request", "server busy"])
    what = "HTTP/2, 10 connections x 10 streams: CPU per request over h2load's"
    if not b.ct.has("--http"):
        out.row(what, "<= 1.0", "", None, NOT_BUILT)
        return out
    for where, secure in (("TLS", True), ("plain", False)):
        extra = ["--insecure"] if secure else []
        with programs.Nginx(tls=secure, http2=True) as server:
            found = b.rounds({
                "ct": lambda: b.pool(server, "--http", "2", *b.ct.streams(10), *extra,
                                     connections=b.ct.h2_connections(10, 10)),
                "h2load": lambda: clients.h2load(server, "-c10", "-m10", seconds=b.seconds),
                "again": lambda: b.pool(server, "--http", "2", *b.ct.streams(10), *extra,
                                        connections=b.ct.h2_connections(10, 10))})
        closed_lines(out, f"nginx, {where}", found)
        out.ratio(f"{what}, {where}", "<= 1.0", 1.0, ratio(found, "ct", "h2load", cpu),
                  ratio(found, "ct", "again", cpu))
    out.note("`h2load -t1 -c10 -m10`")
    return out


def paced(b):
    out = Report(["server", "client", "requests/s", "CPU us per request", "server busy"])
    for rate in (1_000, 10_000):
        with programs.Recorder(b.build, keep_log=False) as server:
            found = b.rounds({
                "ct": lambda: b.at_rate(server, rate, b.seconds, "sleep"),
                "bare loop": lambda: clients.bare(b.build, "open", server, CONNECTIONS, b.seconds,
                                                  rate),
                "again": lambda: b.at_rate(server, rate, b.seconds, "sleep")})
        closed_lines(out, "recorder", found)
        out.ratio(f"CPU per request at {rate:,}/s, sleep pacing, over a bare timerfd and epoll",
                  "<= 1.3", 1.3, ratio(found, "ct", "bare loop", cpu),
                  ratio(found, "ct", "again", cpu))
    out.note("`ct run URL --rate R --pacing sleep`; CPU of the whole process: its start weighs in "
             "the row of 1,000/s")
    return out


def recording(b):
    rate = 50_000
    pacing = "spin" if b.ct.has("--pacing") else "sleep"
    out = Report(["results", "CPU us per request", "lateness p99 us", "skipped or failed"])
    with programs.Recorder(b.build, keep_log=False) as server:
        def run(results):
            return lambda: b.at_rate(server, rate, b.seconds, "sleep", results=results)
        found = b.rounds({"all": run("all"), "none": run("none"), "again": run("none")})
        turned = b.rounds({
            name: (lambda results=results: b.at_rate(server, rate, b.seconds, pacing,
                                                     results=results))
            for name, results in (("all", "all"), ("none", "none"), ("again", "none"))})
    for name in ("all", "none"):
        out.line(f"{name}, sleep", typical(found, name, cpu),
                 typical(found, name, lambda r: r["late_us"]["p99"]),
                 sum(not r["clean"] for r in found[name]))
        out.line(f"{name}, {pacing}", typical(turned, name, cpu),
                 typical(turned, name, lambda r: r["late_us"]["p99"]),
                 sum(not r["clean"] for r in turned[name]))
    out.ratio("recording every result at 50,000/s: CPU per request, over none", "<= 1.25", 1.25,
              ratio(found, "all", "none", cpu), ratio(found, "none", "again", cpu))
    out.ratio(f"recording every result at 50,000/s: lateness p99, over none, {pacing}", "<= 1.10",
              1.10, ratio(turned, "all", "none", lambda r: r["late_us"]["p99"]),
              ratio(turned, "none", "again", lambda r: r["late_us"]["p99"]))
    out.note("`--results all` against `none`; all threads and the writing of the result file count. "
             "CPU with `--pacing sleep`: a spin would hide it")
    return out


def memory(b):
    out = Report(["client", "what", "peak MB"])
    many = 10_000
    with programs.Recorder(b.build, "--delay", "2s", keep_log=False) as server:
        run = b.at_rate(server, many // 2, 5, "sleep", watch=True)
        out.line("ct", f"{many:,} open connections, by rate", run["peak_kib"] / 1e3)
    with programs.Recorder(b.build, "--delay", "500ms", keep_log=False) as server:
        server.url += "/"
        rest = {"wrk": lambda: clients.wrk(server, many, 5, watch=True),
                "h2load": lambda: clients.h2load(server, "--h1", f"-c{many}", f"-n{many}",
                                                 watch=True)}
        if b.ct.has("--connections"):
            rest = {"ct, -c": lambda: b.pool(server, "-n", many, connections=many, seconds=None,
                                             watch=True), **rest}
        for name, client in rest.items():
            out.line(name, f"{many:,} open connections", client()["peak_kib"] / 1e3)
    peak = run["peak_kib"] * 1024 / 1e6
    out.row("memory (VmHWM) with 10,000 open connections", "<= 32 MB", f"{peak:.1f} MB", None,
            judged(peak, 32))
    memory_tls(b, out)
    memory_long(b, out)
    return out


def memory_tls(b, out):
    """What 2,000 TLS connections take more than one does."""
    what, many = "memory of a TLS connection", 2_000
    if not b.ct.has("--connections"):
        out.row(what, "<= 60 KB", "", None, NOT_BUILT)
        return
    with programs.Nginx(tls=True) as server:
        one, all_ = [b.pool(server, "-n", many, "--insecure", connections=n, seconds=None,
                            watch=True)["peak_kib"] for n in (1, many)]
    each = (all_ - one) * 1024 / 1e3 / (many - 1)
    out.line("ct", f"{many:,} TLS connections", all_ / 1e3)
    out.row(what, "<= 60 KB", f"{each:.1f} KB", None, judged(each, 60))


def memory_long(b, out):
    few, many = (100_000, 1_000_000) if b.quick else (1_000_000, 20_000_000)
    if not b.ct.has("--connections"):
        out.row(f"memory after {few:,} and after {many:,} requests", "within 1 MB", "", None,
                NOT_BUILT)
        return
    with programs.Recorder(b.build, keep_log=False) as server:
        server.url += "/"
        peaks = [b.pool(server, "-n", n, seconds=None, watch=True, timeout_s=1200)["peak_kib"]
                 for n in (few, many)]
    for n, peak in zip((few, many), peaks):
        out.line("ct", f"{n:,} requests on 50 connections", peak / 1e3)
    more = (peaks[1] - peaks[0]) * 1024 / 1e6
    out.row(f"memory after {few:,} and after {many:,} requests", "within 1 MB", f"{more:+.2f} MB",
            None, judged(abs(more), 1))


def churn(b):
    out = Report(["server", "client", "connections/s", "CPU us per connection", "server busy"])
    if not b.ct.has("--connections"):
        out.row("connection churn", "", "", None, NOT_BUILT)
        return out
    with programs.Nginx() as server:
        found = b.rounds({"ct": lambda: b.pool(server, "--keep-alive", "off"),
                          "ab": lambda: clients.ab(server, CONNECTIONS, 15_000 * b.seconds),
                          "again": lambda: b.pool(server, "--keep-alive", "off")})
        closed_lines(out, "nginx", found)
        out.ratio("new connections: ab's rate over ct's", "<= 1.0", 1.0,
                  ratio(found, "ab", "ct", rate_of), ratio(found, "ct", "again", rate_of))
        ports(b, out, server)
    with programs.Nginx(tls=True) as server:
        found = b.rounds({
            "ct": lambda: b.pool(server, "--keep-alive", "off", "--insecure"),
            "h2load": lambda: clients.h2load(server, "--h1", f"-c{2_000 * b.seconds}",
                                             f"-n{2_000 * b.seconds}"),
            "again": lambda: b.pool(server, "--keep-alive", "off", "--insecure")})
        closed_lines(out, "nginx, TLS 1.3", found)
        out.ratio("TLS handshakes: h2load's rate over ct's", "<= 1.0", 1.0,
                  ratio(found, "h2load", "ct", rate_of), ratio(found, "ct", "again", rate_of))
    out.note("`ct run URL -c 50 --keep-alive off`, `ab -c 50` without `-k`; "
             "`h2load --h1 -t1 -cN -nN`: N clients with one connection and one request each, all "
             "begun at once (it has no other way to make new ones as fast as it can)")
    out.note("a rate with a server above 85 % busy is the server's: then the CPU column compares")
    return out


def ports(b, out, server):
    seconds = 10 if b.quick else 60
    run = b.pool(server, "--keep-alive", "off", seconds=seconds)
    lost = run["summary"]["accounting"]["failed"].get("gen_ports", 0)
    out.row(f"gen_ports in {seconds} s of new connections on loopback", "0", str(lost), None,
            REACHED if lost == 0 else MISSED)


def start(b):
    out = Report(["program", "ms"])
    count = 20 if b.quick else 100
    values = {"true": [], "ct --version": []}
    for _ in range(count):
        for name, argv in (("true", ["true"]), ("ct --version", [b.ct.path, "--version"])):
            values[name].append(programs.run(argv)["wall_s"] * 1e3)
    for name, times in values.items():
        out.line(name, median(times))
    more = sign_test_interval([c - t for c, t in zip(values["ct --version"], values["true"])])
    half = sign_test_interval([a - c for a, c in zip(values["true"][::2], values["true"][1::2])])
    out.row("`ct --version`: more than `true`", "< 10 ms", f"{interval(more)} ms",
            f"{interval(half)} ms", judged(more.median, 10))
    return out
