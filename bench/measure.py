"""One timed run: wall time, processor time, peak memory, and what else kept the machine busy."""

import os
import subprocess
import tempfile
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")
# Seconds between two looks at the client's peak memory. The kernel keeps the peak, so only its last rise can be missed.
SAMPLE = 0.004


def read(path):
    """A small file, or nothing."""
    try:
        with open(path, encoding="utf-8", errors="replace") as source:
            return source.read()
    except OSError:
        return ""


class Group:
    """The control group of a daemon and its steps, whose processor time the kernel sums up (version 1 or 2)."""

    def __init__(self, name):
        self.parent = self.folder = None
        root = "/sys/fs/cgroup/cpuacct" if os.path.isdir("/sys/fs/cgroup/cpuacct") else "/sys/fs/cgroup"
        folder = os.path.join(root, name)
        try:
            os.makedirs(os.path.join(folder, "daemon"))
        except OSError:
            return
        self.parent, self.folder = "/" + name, folder

    def enter(self):
        """Puts the calling process into the group."""
        if self.folder:
            with open(os.path.join(self.folder, "daemon/cgroup.procs"), "w", encoding="ascii") as procs:
                procs.write(str(os.getpid()))

    def seconds(self):
        """Processor time of all who were ever in it, or `None` without control groups."""
        if not self.folder:
            return None
        if nanoseconds := read(os.path.join(self.folder, "cpuacct.usage")):
            return int(nanoseconds) / 1e9
        for line in read(os.path.join(self.folder, "cpu.stat")).splitlines():
            if line.startswith("usage_usec"):
                return int(line.split()[1]) / 1e6
        return None

    def remove(self):
        """Removes the group and what steps left below it, in every hierarchy."""
        if not self.parent:
            return
        places = [f"/sys/fs/cgroup{self.parent}"]
        places += [f"/sys/fs/cgroup/{name}{self.parent}" for name in os.listdir("/sys/fs/cgroup")]
        for place in places:
            for folder, _, _ in os.walk(place, topdown=False):
                try:
                    os.rmdir(folder)
                except OSError:
                    pass


class Daemons:
    """Processor time and peak memory of the daemons a client talks to."""

    def __init__(self, pids=(), group=None):
        self.pids, self.group = list(pids), group

    def seconds(self):
        """Processor time so far: of the control group, else of the daemons and the children they waited for."""
        if self.group and (seconds := self.group.seconds()) is not None:
            return seconds
        total = 0
        for pid in self.pids:
            fields = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
            total += sum(int(field) for field in fields[11:15])
        return total / TICKS

    def reset_peak(self):
        """Makes the kernel count the peak anew."""
        for pid in self.pids:
            try:
                with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as out:
                    out.write("5")
            except OSError:
                pass

    def peak(self):
        """Sum of the daemons' peaks in MiB, or `None` without daemons."""
        return sum(peak_kib(read(f"/proc/{pid}/status")) for pid in self.pids) / 1024 if self.pids else None


def peak_kib(status):
    """The peak of the resident set that `/proc/PID/status` names, in KiB."""
    line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0 kB")
    return int(line.split()[1])


class PeakWatch(threading.Thread):
    """Looks at a process' peak memory until it ends."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.done = pid, 0, threading.Event()
        self.start()

    def run(self):
        try:
            status = os.open(f"/proc/{self.pid}/status", os.O_RDONLY)
        except OSError:
            return
        try:
            while not self.done.is_set():
                self.peak = max(self.peak, peak_kib(os.pread(status, 4096, 0).decode(errors="replace")))
                self.done.wait(SAMPLE)
        except OSError:
            pass
        finally:
            os.close(status)


def machine_seconds():
    """Processor time that the whole machine has spent working."""
    fields = [int(field) for field in read("/proc/stat").splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def timed(command, env, cwd, daemons, timeout=900):
    """Runs a client once. The result's `error` is the end of its output when it failed."""
    daemons.reset_peak()
    with tempfile.TemporaryFile() as log:
        daemon_before, machine_before = daemons.seconds(), machine_seconds()
        begin = time.perf_counter()
        child = subprocess.Popen(command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        watch = PeakWatch(child.pid)
        killer = threading.Timer(timeout, child.kill)
        killer.start()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        killer.cancel()
        machine_after, daemon_after = machine_seconds(), daemons.seconds()
        watch.done.set()
        watch.join()
        log.seek(0)
        output = log.read().decode(errors="replace")
    cpu = usage.ru_utime + usage.ru_stime + daemon_after - daemon_before
    return {
        "wall": wall, "cpu": cpu, "client": watch.peak / 1024, "daemon": daemons.peak(), "output": output,
        "others": max(0.0, (machine_after - machine_before - cpu) / wall), "failed": child.returncode != 0,
    }
