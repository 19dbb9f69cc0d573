"""sshds of our own on loopback, for what watching costs. They need root, as sshd itself does; each
lives in a mount namespace of its own, so that nothing of the machine is touched."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

import programs
from rounds import Failed, NotMeasurable

CONFIG = """
{ports}
ListenAddress 127.0.0.1
HostKey {dir}/host_key
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
AuthorizedKeysFile {dir}/user_key.pub
MaxStartups 1000
MaxSessions 1000
LogLevel ERROR
{more}
"""
PORTS_MAX = 16  # that one sshd listens on
SFTP = "Subsystem sftp internal-sftp"
# One that answers as it should until the file "spoilt" is there.
SPOILING = """while read -r x; do
    [ -e {dir}/spoilt ] && head -c 100000000 /dev/zero
    head -v -n 100000 /proc/stat /proc/meminfo
    echo ct-end
done
"""
START = ('mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && mount --bind "$3" /etc/passwd && '
         'exec "$0" -D -f "$1" -E "$2"')


class Sshd(programs.Server):
    """One daemon on some ports. ways: lines of its configuration."""

    def __init__(self, folder, ports, more=SFTP):
        super().__init__()
        self.ports = ports
        path = os.path.join(self.dir, "config")
        with open(path, "w", encoding="ascii") as f:
            f.write(CONFIG.format(dir=folder, more=more,
                                  ports="\n".join(f"Port {p}" for p in ports)))
        self.errors = os.path.join(self.dir, "stderr")
        with open(self.errors, "wb") as out:
            self.child = programs.start(
                ["unshare", "--mount", "--propagation", "private", "sh", "-c", START,
                 shutil.which("sshd") or "/usr/sbin/sshd", path, os.path.join(self.dir, "log"),
                 self.accounts()],
                programs.SERVER_CPU, out)
        self.wait_for(self.listening)

    def accounts(self):
        """/etc/passwd for it: root's own home has start files that may do anything."""
        path = os.path.join(self.dir, "passwd")
        with open("/etc/passwd", encoding="utf-8") as f, open(path, "w", encoding="utf-8") as out:
            out.write(f"root:x:0:0::{self.dir}:/bin/sh\n")
            out.writelines(line for line in f if not line.startswith("root:"))
        return path

    def listening(self):
        with programs.socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.ports[-1])) == 0

    def sessions(self):
        path = f"/proc/{self.child.pid}/task/{self.child.pid}/children"
        try:
            with open(path, encoding="ascii") as f:
                return [int(pid) for pid in f.read().split()]
        except FileNotFoundError:
            return []

    def signal(self, number):
        for pid in self.sessions() + [self.child.pid]:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def end(self):
        if self.child is not None and self.child.poll() is None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGKILL)
            self.child.wait()

    def cpu_of_all_s(self):
        """Of the daemon and all its sessions that have ended."""
        for _ in range(500):
            if not self.sessions():
                break
            time.sleep(0.01)
        with open(f"/proc/{self.child.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return sum(int(v) for v in fields[11:15]) / programs.TICKS


class Fleet:
    """count daemons with a port each, or as few daemons as can listen on
    count ports. spoiling: the last of them
    sends 100 MB for an answer once the file "spoilt" is in the fleet's folder."""

    def __init__(self, count, more=SFTP, daemons=True, spoiling=False):
        if os.geteuid() != 0:
            raise NotMeasurable("needs root, to start sshd")
        self.dir = tempfile.mkdtemp(prefix="ct-bench-fleet-")
        for key in ("host_key", "user_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                            f"{self.dir}/{key}"], check=True)
        self.ports = free_ports(count)
        size = 1 if daemons else PORTS_MAX
        groups = [self.ports[i:i + size] for i in range(0, count, size)]
        self.daemons = []
        try:
            for i, group in enumerate(groups):
                last = spoiling and i == count - 1
                self.daemons.append(Sshd(self.dir, group, self.spoil() if last else more))
        except Failed:
            self.end()
            raise
        self.write_config()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        for daemon in self.daemons:
            daemon.end()
            shutil.rmtree(daemon.dir, ignore_errors=True)
        shutil.rmtree(self.dir, ignore_errors=True)

    def spoil(self):
        path = f"{self.dir}/spoiling"
        with open(path, "w", encoding="ascii") as f:
            f.write(SPOILING.format(dir=self.dir))
        return f"ForceCommand sh {path}"

    def write_config(self):
        self.known_hosts, self.config = f"{self.dir}/known_hosts", f"{self.dir}/config.json"
        with open(f"{self.dir}/host_key.pub", encoding="ascii") as f:
            key = " ".join(f.read().split()[:2])
        with open(self.known_hosts, "w", encoding="ascii") as f:
            f.writelines(f"[127.0.0.1]:{p} {key}\n" for p in self.ports)
        servers = [{"name": f"node-{i + 1}", "host": "127.0.0.1", "port": p,
                    "knownHosts": self.known_hosts,
                    "authentication": {"username": "root", "privateKey": f"{self.dir}/user_key"}}
                   for i, p in enumerate(self.ports)]
        with open(self.config, "w", encoding="ascii") as f:
            json.dump({"app": {"name": "bench", "url": "http://127.0.0.1:1"},
                       "monitorServers": servers}, f)


def free_ports(count):
    """Held all at once, so that no two are the same."""
    held = [programs.socket.socket() for _ in range(count)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports
