#!/usr/bin/env python3
"""Builds every Dockerfile of crates/cli/tests/reproducible in ways that must not matter, and compares the digests.

The ways: as root and as an ordinary user in a user namespace; on one processor and on all; contexts in two directories,
with other times; another umask, language, time zone and host name; another store; at another time. Root is needed for
all of them; an ordinary user goes without the change of user and of host name.

    scripts/reproducible.py COOPER [NAME…]     NAME: beginnings of file names, to build only these
"""
import gzip
import http.server
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
from pathlib import Path

FILES = Path(__file__).resolve().parent.parent / "crates/cli/tests/reproducible"
NOBODY = 65534
FILE_TIME = 1_400_000_000


def archive(entries):
    """A tar.gz with fixed times."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode, info.uid = len(content), FILE_TIME, 0o640, 12
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(raw.getvalue(), mtime=0)


def make_context(root, shift):
    """The context; `shift` moves its times and the order in which files come to be."""
    files = {
        "tree/a.txt": "a\n", "tree/sub/b.txt": "b\n", "tree/sub/c.md": "c\n", "tree/run.sh": "#!/bin/sh\necho run\n",
        "with space.txt": "space\n", "links/file": "linked\n", ".dockerignore": "*.skip\nDockerfile\n", "x.skip": str(shift),
    }
    for name in sorted(files, reverse=bool(shift)):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[name])
    (root / "files.tar.gz").write_bytes(archive([("dir/one", b"1\n"), ("two", b"2\n")]))
    (root / "links/soft").symlink_to("file")
    os.link(root / "links/file", root / "links/hard")
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            # Modes are content; what the umask of this process makes of them is not.
            path.chmod(0o755 if path.is_dir() or path.suffix == ".sh" else 0o644)
            os.utime(path, (FILE_TIME + shift, FILE_TIME + shift * 7))


def make_base(root):
    """The base image's layer: the machine's static busybox."""
    busybox = shutil.which("busybox") or sys.exit("there is no busybox (Debian package busybox-static)")
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
    with tarfile.open(root / "base.tar", "w") as tar:
        def add(name, kind=tarfile.REGTYPE, mode=0o755, content=b"", link=""):
            info = tarfile.TarInfo(name)
            info.type, info.mode, info.size, info.linkname, info.mtime = kind, mode, len(content), link, FILE_TIME
            tar.addfile(info, io.BytesIO(content))
        for name, mode in [("bin", 0o755), ("etc", 0o755), ("root", 0o700), ("tmp", 0o1777)]:
            add(name, tarfile.DIRTYPE, mode)
        add("bin/busybox", content=Path(busybox).read_bytes())
        for applet in sorted(set(applets) - {"busybox"}):
            add(f"bin/{applet}", tarfile.SYMTYPE, link="busybox")
        add("etc/passwd", mode=0o644, content=b"root:x:0:0:root:/root:/bin/sh\n")
        add("etc/group", mode=0o644, content=b"root:x:0:\n")
    (root / "Dockerfile").write_text("FROM scratch\nADD base.tar /\nCMD [\"sh\"]\n")


class Handler(http.server.BaseHTTPRequestHandler):
    """A web server on loopback: two files, and repositories through git's own program."""
    root = None

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = self.path.split("?")[0]
        if path.startswith("/repository/"):
            return self.git(b"")
        file = self.root / path.lstrip("/")
        if not file.is_file():
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Length", str(file.stat().st_size))
        self.send_header("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT")
        self.end_headers()
        self.wfile.write(file.read_bytes())

    do_HEAD = do_GET

    def do_POST(self):
        self.git(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def git(self, body):
        path, _, query = self.path.partition("?")
        env = {
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(self.root), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
            "QUERY_STRING": query, "REQUEST_METHOD": self.command, "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "CONTENT_LENGTH": str(len(body)),
        }
        answer = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=False).stdout
        head, _, rest = answer.partition(b"\r\n\r\n")
        lines = [line.decode().split(": ", 1) for line in head.split(b"\r\n") if b": " in line]
        status = next((int(value.split()[0]) for name, value in lines if name == "Status"), 200)
        self.send_response(status)
        for name, value in lines:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest)


def serve(root):
    """Starts the server; its address."""
    repository = root / "repository"
    (repository / "dir").mkdir(parents=True)
    (repository / "file").write_text("in git\n")
    (repository / "dir/deep").write_text("deep\n")
    date = "2014-05-13T16:53:20Z"
    env = {**os.environ, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, "GIT_CONFIG_GLOBAL": "/dev/null"}
    git = ["git", "-C", str(repository), "-c", "user.name=n", "-c", "user.email=e@example.com"]
    for command in [["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "c"]]:
        subprocess.run(git + command, env=env, check=True)
    (root / "fetched.txt").write_text("fetched\n")
    (root / "files.tar.gz").write_bytes(archive([("remote/one", b"1\n")]))
    Handler.root = root
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


class Way:
    """One way to build."""

    def __init__(self, name, shift, *, nobody=False, owners=True, cores=None, umask=0o022, env=None, hostname=None):
        self.name, self.shift, self.nobody, self.owners, self.cores = name, shift, nobody, owners, cores
        self.umask, self.env, self.hostname = umask, env or {}, hostname

    def prepare(self, work, cooper):
        self.root = work / self.name / ("deeper/and/longer" if self.shift else "")
        self.context = self.root / "context"
        self.context.mkdir(parents=True)
        make_context(self.context, self.shift)
        self.home = self.root / "home"
        self.home.mkdir()
        if self.nobody:
            os.chown(self.home, NOBODY, NOBODY)
            (self.root / "ranges").write_text(f"{NOBODY}:100000:65536\n")
            (self.root / "ranges").chmod(0o644)
        self.cooper = cooper

    def build(self, args, **kwargs):
        command = [self.cooper, "--store", str(self.home / "store"), "build", "--progress", "plain", *args]
        if self.nobody:
            command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]
            if self.owners:
                # A range of user numbers, for this process alone.
                bind = f"for f in uid gid; do mount --bind {self.home.parent}/ranges /etc/sub$f || exit; done"
                command = ["unshare", "--mount", "sh", "-c", f'{bind}; exec "$@"', "-", *command]
        if self.hostname:
            command = ["unshare", "--uts", "sh", "-c", f'hostname {self.hostname}; exec "$@"', "-", *command]
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home), **self.env}

        def begin():
            os.umask(self.umask)
            if self.cores:
                os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: self.cores])

        ran = subprocess.run(
            command, env=env, cwd=self.home, preexec_fn=begin, capture_output=True, text=True, check=False, **kwargs
        )
        digests = [line.split()[1] for line in ran.stdout.splitlines() if line.strip().startswith("digest ")]
        return digests[0] if ran.returncode == 0 and digests else f"exit code {ran.returncode}: {ran.stderr[-2000:]}"


def ways():
    other = {"LANG": "de_DE.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "Pacific/Auckland", "USER": "somebody", "TMPDIR": "/var/tmp"}
    if os.geteuid() != 0:
        return [Way("one", 0), Way("two", 999, cores=1, umask=0o077, env=other)]
    return [
        Way("root", 0),
        Way("root-otherwise", 999, cores=1, umask=0o077, env=other, hostname="elsewhere"),
        *([Way("user", 5, nobody=True, umask=0o027)] if has_ranges() else []),
        Way("one-number", 12345, nobody=True, owners=False, cores=1, umask=0o077, env=other, hostname="nowhere"),
    ]


def has_ranges():
    """Whether ordinary users can be given more user numbers than their own."""
    return shutil.which("newuidmap") and all(Path(f"/etc/sub{kind}").exists() for kind in ["uid", "gid"])


def main():
    cooper, wanted = Path(sys.argv[1]).resolve(), tuple(sys.argv[2:])
    files = sorted(file for file in FILES.glob("*.Dockerfile") if not wanted or file.name.startswith(wanted))
    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        work.chmod(0o755)
        shutil.copy(cooper, work / "cooper")
        (work / "base").mkdir()
        make_base(work / "base")
        (work / "token").write_text("not-in-the-image-73")
        (work / "token").chmod(0o644)
        layout = ["-o", f"type=oci,dest={work}/layout,tar=false", str(work / "base")]
        subprocess.run([work / "cooper", "--store", work / "store", "build", "-q", "-t", "busybox", *layout], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["chmod", "-R", "a+rX", work / "layout"], check=True)
        address, all_ways = serve(work / "served"), ways()
        for way in all_ways:
            way.prepare(work, str(work / "cooper"))
        common = ["--build-context", f"busybox=oci-layout://{work}/layout", "--build-arg", f"HTTP={address}"]
        bad = 0
        for file in files:
            text = file.read_text()
            first = text.splitlines()[0]
            own = first.removeprefix("# args: ").replace("@SECRET@", str(work / "token")).split() if first.startswith("# args: ") else []
            # With one user number no process can give a file to another user.
            able = [way for way in all_ways if way.owners or not first.startswith("# needs: owners")]
            digests = {}
            for way in able:
                own_file = way.context / "Dockerfile"
                own_file.write_text(text)
                own_file.chmod(0o644)
                digests[way.name] = way.build([*common, *own, "-t", "built", "--no-cache", str(way.context)])
            same = len(set(digests.values())) == 1 and next(iter(digests.values())).startswith("sha256:")
            bad += not same
            print(f"{'same   ' if same else 'DIFFERS'}  {file.stem:20}  {digests[all_ways[0].name][:26]}", flush=True)
            if not same:
                for name, digest in digests.items():
                    print(f"           {name}: {digest}")
    print(f"{len(files) - bad} of {len(files)} Dockerfiles gave one digest in {len(all_ways)} ways")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
