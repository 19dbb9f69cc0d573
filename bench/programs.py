"""Starting and measuring what is compared: the generator on CPU 0, the server on CPU 1."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time

from rounds import Failed

GENERATOR_CPU, SERVER_CPU = 0, 1
TICKS = os.sysconf("SC_CLK_TCK")
WATCH_S = 0.002  # between two looks at the memory of a run: writing its result takes milliseconds


def pinned(argv, cpu):
    """cpu None: where the kernel puts it."""
    if cpu is None or os.cpu_count() < 2:
        return argv
    return ["taskset", "-c", str(cpu)] + argv


def usual_priority():
    if os.geteuid() == 0:
        os.setpriority(os.PRIO_PROCESS, 0, 0)


def start(argv, cpu, out, err=subprocess.STDOUT):
    return subprocess.Popen(pinned(argv, cpu), stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                            preexec_fn=usual_priority)


def cpu_s_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_kib_of(pid):
    """VmHWM. What rusage says begins with the memory of whoever forked."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            for line in f:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


class Watch(threading.Thread):
    """Follows the largest memory of a run; only where a row asks for it."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak_kib, self.over = pid, 0, threading.Event()

    def run(self):
        while not self.over.wait(WATCH_S):
            self.peak_kib = max(self.peak_kib, peak_kib_of(self.pid))


def run(argv, server=None, cpu=GENERATOR_CPU, timeout_s=120, watch=False, accept=(0,)):
    """Run to the end. A dict: out, wall_s, cpu_s (user and system, of this child alone), peak_kib
    (when watched), server_busy (share of a CPU that the server took meanwhile)."""
    with tempfile.TemporaryFile() as out:
        busy = server.cpu_s() if server else 0.0
        began = time.monotonic()
        child = start(argv, cpu, out)
        killer = threading.Timer(timeout_s, child.kill)
        killer.start()
        watcher = Watch(child.pid)
        if watch:
            watcher.start()
        _, status, usage = os.wait4(child.pid, 0)
        wall_s = time.monotonic() - began
        watcher.over.set()
        killer.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        busy = server.cpu_s() - busy if server else 0.0
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    if child.returncode not in accept:
        raise Failed(f"{' '.join(argv)}: exit status {child.returncode}: {text.strip()[-300:]}")
    return {"out": text, "status": child.returncode, "wall_s": wall_s,
            "cpu_s": usage.ru_utime + usage.ru_stime, "peak_kib": watcher.peak_kib,
            "server_busy": busy / wall_s}


class Server:
    """A server process, ended with the block."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="ct-bench-")
        self.child = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
        shutil.rmtree(self.dir, ignore_errors=True)

    def end(self):
        if self.child is not None and self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(20)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()

    def cpu_s(self):
        return cpu_s_of(self.child.pid)

    def wait_for(self, ready):
        for _ in range(1000):
            found = ready()
            if found:
                return found
            if self.child.poll() is not None:
                raise Failed(f"the server ended with {self.child.returncode}")
            time.sleep(0.01)
        raise Failed("the server did not begin to listen")


class Recorder(Server):
    """bench/recorder.c. url and port; after end() the log and the counts."""

    def __init__(self, build, *options, keep_log=True, tls=False):
        super().__init__()
        self.log_path = os.path.join(self.dir, "log") if keep_log else None
        self.out_path = os.path.join(self.dir, "out")
        argv = [os.path.join(build, "bench", "recorder"), *options]
        argv += ["--log", self.log_path] if keep_log else ["--records", "0"]
        if tls:
            make_certificate(self.dir)
            argv += ["--certificate", f"{self.dir}/cert", "--key", f"{self.dir}/key"]
        with open(self.out_path, "wb") as out:
            self.child = start(argv, SERVER_CPU, out)
        self.url = self.wait_for(self.listening)
        self.port = int(self.url.rsplit(":", 1)[1])

    def listening(self):
        with open(self.out_path, encoding="ascii") as f:
            line = f.readline()
        return line.split()[-1] if line.endswith("\n") else None

    def counts(self):
        with open(self.out_path, encoding="ascii") as f:
            return json.loads(f.read().splitlines()[-1])


NGINX = """
daemon off; master_process off; worker_processes 1; pid {dir}/pid; error_log {dir}/error crit;
worker_rlimit_nofile 20000;
events {{ worker_connections 18000; }}
http {{
    access_log off; keepalive_requests 1000000000; keepalive_timeout 300s;
    client_body_temp_path {dir}; proxy_temp_path {dir}; fastcgi_temp_path {dir};
    uwsgi_temp_path {dir}; scgi_temp_path {dir};
    server {{
        listen 127.0.0.1:{port}{listen};
        {tls}
        location / {{ return 200 "ok\\n"; }}
    }}
}}
"""
TLS = """ssl_certificate {dir}/cert; ssl_certificate_key {dir}/key; ssl_protocols TLSv1.3;
        ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256; ssl_session_cache shared:s:1m;"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def make_certificate(folder):
    """folder/cert and folder/key, for this machine and two days."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/key", "-out",
                    f"{folder}/cert"], check=True, capture_output=True)


class Nginx(Server):
    """One process that answers three bytes. tls: TLS 1.3 with one cipher; http2: with or without
    TLS."""

    def __init__(self, tls=False, http2=False):
        super().__init__()
        self.port = free_port()
        if tls:
            make_certificate(self.dir)
        listen = (" ssl" if tls else "") + (" http2" if http2 else "") + " backlog=4096"
        config = NGINX.format(dir=self.dir, port=self.port, listen=listen,
                              tls=TLS.format(dir=self.dir) if tls else "")
        path = os.path.join(self.dir, "nginx.conf")
        with open(path, "w", encoding="ascii") as f:
            f.write(config)
        self.errors = os.path.join(self.dir, "stderr")
        with open(self.errors, "wb") as out:
            self.child = start(["nginx", "-c", path, "-p", self.dir], SERVER_CPU, out)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/"
        self.wait_for(self.listening)

    def listening(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0
