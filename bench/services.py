"""What the bench starts for itself: a registry, a Docker daemon; each ended by its process id."""

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

REGISTRY_CONFIG = """version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage:
  filesystem: {{rootdirectory: "{data}"}}
  delete: {{enabled: true}}
http: {{addr: "{address}"}}
"""
CONTAINERD_CONFIG = """version = 2
root = "{root}"
state = "{run}/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "{run}/containerd.sock"
"""


class Failed(Exception):
    """A command or service that does not work here; the text says why."""


def find(*names):
    """The first of some programs that is installed, also outside of an ordinary user's PATH."""
    path = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def last_lines(text, count=3):
    """The end of a program's output as one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "; ".join(lines[-count:])[-400:]


def run(command, env=None, timeout=900):
    """Runs an untimed command; its output, or `Failed`."""
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=timeout, check=False)
    text = done.stdout.decode(errors="replace")
    if done.returncode:
        raise Failed(f"`{os.path.basename(command[0])} {command[1] if command[1:] else ''}`: {last_lines(text)}")
    return text


class Process:
    """A process that serves until it is stopped."""

    def __init__(self, command, log, env=None, before=None):
        self.log = log
        with open(log, "wb") as out:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env,
                                          preexec_fn=before, start_new_session=True)
        self.pid = self.child.pid

    def wait_until(self, ready, seconds=30):
        """Waits until `ready()` is true; a process that ends before fails with its last words."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.child.poll() is not None:
                break
            if ready():
                return
            time.sleep(0.05)
        with open(self.log, encoding="utf-8", errors="replace") as log:
            raise Failed(f"{os.path.basename(self.child.args[0])} did not start: {last_lines(log.read())}")

    def stop(self):
        """Asks it to end, and ends it when it does not."""
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(30)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()


def free_port():
    """A port on loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Registry:
    """Debian's `docker-registry` on a free port of loopback."""

    def __init__(self, data, run_dir, label):
        self.data, self.label, self.run_dir, self.process = data, label, run_dir, None
        self.address = f"127.0.0.1:{free_port()}"

    def start(self):
        """Starts it over what its directory holds."""
        program = find("docker-registry", "registry")
        if not program:
            raise Failed("no docker-registry (Debian: docker-registry)")
        os.makedirs(self.data, exist_ok=True)
        config = os.path.join(self.run_dir, self.label + ".yml")
        with open(config, "w", encoding="utf-8") as out:
            out.write(REGISTRY_CONFIG.format(data=self.data, address=self.address))
        # An address of a metrics or tracing collector in the environment is not for this registry.
        env = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "REGISTRY_", "SSL_"))}
        self.process = Process([program, "serve", config], os.path.join(self.run_dir, self.label + ".log"), env)
        self.process.wait_until(self.answers)

    def answers(self):
        """Whether it serves requests."""
        return self._get("/v2/")

    def has(self, name, digest):
        """Whether it holds a manifest."""
        return self._get(f"/v2/{name}/manifests/{digest}")

    def _get(self, path):
        request = urllib.request.Request(f"http://{self.address}{path}",
                                         headers={"Accept": "application/vnd.oci.image.manifest.v1+json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def empty(self):
        """Starts it again with nothing in it."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        self.start()

    def stop(self):
        """Ends it."""
        if self.process:
            self.process.stop()
            self.process = None


class Docker:
    """A Docker daemon with its own containerd, data and socket; it touches no network of the machine."""

    def __init__(self, state, run_dir, group):
        self.state, self.run_dir, self.group, self.processes = state, run_dir, group, []
        self.socket = "unix://" + os.path.join(run_dir, "docker.sock")

    def start(self, client):
        """Starts containerd and dockerd."""
        dockerd = find("dockerd")
        if not dockerd:
            raise Failed("no dockerd (Debian: docker.io)")
        if os.geteuid():
            raise Failed("dockerd needs root")
        command = [
            dockerd, "--data-root", os.path.join(self.state, "docker"), "--exec-root", os.path.join(self.run_dir, "exec"),
            "--pidfile", os.path.join(self.run_dir, "dockerd.pid"), "-H", self.socket, "--iptables=false", "--ip6tables=false",
            "--bridge=none", "--ip-forward=false", "--ip-masq=false", "--exec-opt", "native.cgroupdriver=cgroupfs",
        ]
        if self.group.parent:
            command += ["--cgroup-parent", self.group.parent]
        if containerd := self._containerd():
            command += ["--containerd", containerd]
        daemon = self._start(command, "dockerd")
        daemon.wait_until(lambda: subprocess.run([client, "-H", self.socket, "version"], stdout=subprocess.DEVNULL,
                                                 stderr=subprocess.DEVNULL, check=False).returncode == 0)

    def _containerd(self):
        program = find("containerd")
        if not program:
            return None
        config, address = os.path.join(self.run_dir, "containerd.toml"), os.path.join(self.run_dir, "containerd.sock")
        with open(config, "w", encoding="utf-8") as out:
            out.write(CONTAINERD_CONFIG.format(root=os.path.join(self.state, "containerd"), run=self.run_dir))
        self._start([program, "--config", config], "containerd").wait_until(lambda: os.path.exists(address))
        return address

    def _start(self, command, name):
        log = os.path.join(self.run_dir, name + ".log")
        env = dict(os.environ, no_proxy="127.0.0.1,localhost", NO_PROXY="127.0.0.1,localhost")
        process = Process(command, log, env, before=self.group.enter)
        self.processes.append(process)
        return process

    def pids(self):
        """The daemons' process ids."""
        return [process.pid for process in self.processes]

    def stop(self):
        """Ends the daemons, the last one first."""
        for process in reversed(self.processes):
            process.stop()
        self.processes = []


def unmount_below(folder):
    """Takes away the mounts that a daemon left below a directory of the bench."""
    folder = os.path.realpath(folder) + "/"
    with open("/proc/self/mountinfo", encoding="utf-8") as table:
        points = [line.split()[4].replace("\\040", " ") for line in table]
    for point in sorted((point for point in points if point.startswith(folder)), reverse=True):
        subprocess.run(["umount", "-l", point], check=False, stderr=subprocess.DEVNULL)


def remove(folder):
    """Removes a directory of the bench; what belongs to subordinate users is removed from within their namespace."""
    if not os.path.lexists(folder):
        return
    unmount_below(folder)
    shutil.rmtree(folder, ignore_errors=True)
    if os.path.lexists(folder) and os.geteuid() and find("unshare"):
        subprocess.run(["unshare", "--map-root-user", "--map-auto", "rm", "-rf", folder], check=False)
