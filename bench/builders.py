"""The builders: for each, how it builds, saves, pushes, pulls and forgets.

A new builder is a subclass with these methods and a line in `BUILDERS`.
"""

import os
import re
import subprocess

from measure import Daemons, Group
from services import Docker, Failed, find, run

STORAGE_CONFIG = '[storage]\ndriver = "overlay"\nrunroot = "{run}/containers"\ngraphroot = "{state}/containers"\n'
CONTAINERS_CONFIG = '[containers]\ndefault_ulimits = []\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
REGISTRIES_CONFIG = '[[registry]]\nlocation = "{address}"\ninsecure = true\n'
TRIVIAL = "FROM {base}\nRUN [\"/bin/true\"]\n"


class Builder:
    """What all have in common."""

    name = ""
    # What a build prints for a step that it did not run.
    cached_mark = "CACHED"

    def __init__(self, site):
        self.site, self.daemons, self.env = site, Daemons(), dict(os.environ)
        self.state = os.path.join(site.state, self.name)
        self.note = ""

    def start(self):
        """Starts what the builder needs, or `Failed` with the reason."""
        os.makedirs(self.state, exist_ok=True)

    def stop(self):
        """Ends what `start` started."""

    def call(self, command):
        """Runs an untimed command."""
        return run(command, self.env)

    def build(self, file, context, tag, jobs=None):
        """The command that builds."""
        raise NotImplementedError

    def probe(self, base):
        """Builds something small; the builder cannot run here when this fails."""
        file = os.path.join(self.site.run_dir, "probe")
        with open(file, "w", encoding="utf-8") as out:
            out.write(TRIVIAL.format(base=base))
        empty = os.path.join(self.site.run_dir, "empty")
        os.makedirs(empty, exist_ok=True)
        self.call(self.pull(base))
        self.call(self.build(file, empty, "bench/probe:1"))
        self.forget([base])

    def have_base(self, base):
        """Makes a base present: pulled and unpacked."""
        self.call(self.pull(base))

    def push(self, tag, target):
        """`(untimed commands, timed command)` that send an image to the empty registry."""
        raise NotImplementedError

    def pull(self, image):
        """The command that fetches an image."""
        raise NotImplementedError

    def save(self, file, context, tag, out):
        """The command that writes an image to an archive."""
        raise NotImplementedError

    def forget(self, bases):
        """Drops all images and caches but the bases given."""
        raise NotImplementedError

    def version(self):
        """Its version as text."""
        raise NotImplementedError


class Cooper(Builder):
    """The program of this repository."""

    name = "cooper"

    def start(self):
        super().start()
        if not os.access(self.site.cooper, os.X_OK):
            raise Failed("no cooper binary; build it with `cargo build --release` and name it with `--cooper`")
        self.base = [self.site.cooper, "--store", os.path.join(self.state, "store")]

    def build(self, file, context, tag, jobs=None):
        return [*self.base, "build", "--network", "host", "-f", file, "-t", tag, context]

    def have_base(self, base):
        # A pull fetches; the first step on a base unpacks it, which other builders do while they pull.
        super().have_base(base)
        file = os.path.join(self.site.run_dir, "unpack")
        with open(file, "w", encoding="utf-8") as out:
            out.write(TRIVIAL.format(base=base))
        self.call(self.build(file, os.path.join(self.site.run_dir, "empty"), "bench/unpack:1"))

    def push(self, tag, target):
        return [], [*self.base, "push", tag, target]

    def pull(self, image):
        return [*self.base, "pull", image]

    def save(self, file, context, tag, out):
        return [*self.build(file, context, tag)[:-1], "-o", f"type=oci,dest={out}", context]

    def forget(self, bases):
        for line in self.call([*self.base, "images"]).splitlines()[1:]:
            if line.split()[0] not in bases:
                self.call([*self.base, "rmi", line.split()[0]])
        self.call([*self.base, "store", "gc", "--all"])

    def version(self):
        return self.call([self.site.cooper, "--version"]).strip()


class BuildKit(Builder):
    """BuildKit in a Docker daemon that the bench starts."""

    name = "buildkit"

    def start(self):
        super().start()
        self.client = docker_client()
        self.group = Group(f"cooper-bench-{os.getpid()}")
        self.docker = Docker(self.state, self.site.run_dir, self.group)
        self.docker.start(self.client)
        self.daemons = Daemons(self.docker.pids(), self.group)
        self.env |= {"DOCKER_BUILDKIT": "1", "DOCKER_HOST": self.docker.socket,
                     "DOCKER_CONFIG": os.path.join(self.site.run_dir, "docker-client")}
        self.base = [self.client]

    def stop(self):
        if hasattr(self, "docker"):
            self.docker.stop()
            self.group.remove()

    def build(self, file, context, tag, jobs=None):
        return [*self.base, "build", "--network", "host", "--progress", "plain", "-f", file, "-t", tag, context]

    def push(self, tag, target):
        return [[*self.base, "tag", tag, target]], [*self.base, "push", "-q", target]

    def pull(self, image):
        return [*self.base, "pull", "-q", image]

    def save(self, file, context, tag, out):
        return [*self.base, "save", "-o", out, tag]

    def forget(self, bases):
        names = self.call([*self.base, "images", "--format", "{{.Repository}}:{{.Tag}}"]).split()
        if unwanted := [name for name in names if name not in bases and "<none>" not in name]:
            self.call([*self.base, "rmi", "-f", *unwanted])
        self.call([*self.base, "image", "prune", "-f"])
        self.call([*self.base, "builder", "prune", "-af"])

    def version(self):
        return "docker " + self.call([*self.base, "version", "--format", "{{.Server.Version}}"]).strip()


class ForeignBuildKit(BuildKit):
    """BuildKit behind a Docker client that the user names; its daemon runs already."""

    def __init__(self, site, name, client):
        self.name = name
        super().__init__(site)
        self.base = client.split()

    def start(self):
        os.makedirs(self.state, exist_ok=True)
        self.env["DOCKER_BUILDKIT"] = "1"

    def stop(self):
        pass

    def forget(self, bases):
        # Only what the bench made: the daemon may be somebody's.
        names = self.call([*self.base, "images", "--format", "{{.Repository}}:{{.Tag}}"]).split()
        ours = [name for name in names if name.startswith(("bench/", self.site.registry.address, self.site.target.address))]
        if unwanted := [name for name in ours if name not in bases]:
            self.call([*self.base, "rmi", "-f", *unwanted])
        self.call([*self.base, "builder", "prune", "-af"])

    def version(self):
        return super().version() + " (running before; its daemon's processor time and memory are not counted)"


def docker_client():
    """The Docker client of the daemon's own version, else the first that there is."""
    daemon = find("dockerd")
    if not daemon:
        raise Failed("no dockerd (Debian: docker.io)")
    folders = os.environ.get("PATH", "").split(":") + ["/usr/bin"]
    clients = [path for folder in folders if os.access(path := os.path.join(folder, "docker"), os.X_OK)]
    if not clients:
        raise Failed("no docker client")
    wanted = release(daemon)
    return next((client for client in clients if release(client) == wanted), clients[0])


def release(program):
    """Year and month, or major and minor number, of a Docker program."""
    text = subprocess.run([program, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
    found = re.search(r"(\d+\.\d+)\.", text.decode(errors="replace"))
    return found.group(1) if found else None


class Buildah(Builder):
    """buildah with steps run by an OCI runtime, as podman runs containers."""

    name = "buildah"
    cached_mark = "Using cache"
    isolation = "oci"

    def start(self):
        super().start()
        program = find("buildah")
        if not program:
            raise Failed("no buildah (Debian: buildah)")
        self.base = [program]
        configs = {"STORAGE_CONF": STORAGE_CONFIG.format(run=os.path.join(self.site.run_dir, self.name), state=self.state),
                   "CONF": CONTAINERS_CONFIG, "REGISTRIES_CONF": REGISTRIES_CONFIG.format(address=self.site.registry.address)}
        for key, text in configs.items():
            path = os.path.join(self.site.run_dir, f"{self.name}-{key.lower()}")
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
            self.env["CONTAINERS_" + key] = path
        runtime = find("runc", "crun")
        if self.isolation == "oci" and (os.geteuid() or not runtime):
            self.isolation = "chroot"
        self.options = ["--layers", "--isolation", self.isolation, "--network", "host"]
        if self.isolation == "oci":
            self.options += ["--runtime", runtime]
        self.note = f"isolation {self.isolation}" + (f" by {os.path.basename(runtime)}" if self.isolation == "oci" else "")

    def build(self, file, context, tag, jobs=None):
        return [*self.base, "bud", *self.options, "--jobs", str(jobs or 1), "-f", file, "-t", tag, context]

    def push(self, tag, target):
        return [], [*self.base, "push", "-q", "--tls-verify=false", tag, "docker://" + target]

    def pull(self, image):
        return [*self.base, "pull", "-q", "--tls-verify=false", image]

    def save(self, file, context, tag, out):
        return [*self.base, "push", "-q", tag, "oci-archive:" + out]

    def forget(self, bases):
        self.call([*self.base, "rm", "-a"])
        # Layers of a cache have no name and hang on one another, so several rounds may be needed.
        for _ in range(30):
            rows = self.call([*self.base, "images", "-a", "--format", "{{.ID}} {{.Name}}:{{.Tag}}"]).splitlines()
            unwanted = sorted({row.split()[0] for row in rows if row.split()[1] not in bases})
            if not unwanted:
                return
            for image in unwanted:
                subprocess.run([*self.base, "rmi", "-f", image], env=self.env, check=False,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        raise Failed("buildah keeps images that were to be removed")

    def version(self):
        return " ".join(self.call([*self.base, "--version"]).split()[:3]) + f" ({self.note})"


class BuildahChroot(Buildah):
    """buildah with steps that are only chrooted."""

    name = "buildah-chroot"
    isolation = "chroot"


BUILDERS = {kind.name: kind for kind in (Cooper, BuildKit, Buildah, BuildahChroot)}
