"""Base images, made on this machine as OCI layouts: no registry of the world is asked.

`bases.py DIR MIRROR NAME...` makes those that are not there yet and prints one line for each: `NAME ok`, or
`NAME REASON` when it cannot be made here.
"""

import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zlib

from content import mixed, slices, small_files
from contexts import EPOCH

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


class Missing(Exception):
    """Something this machine lacks."""


class LayerWriter:
    """A file for a tar stream: compresses it, and digests both sides in the one pass."""

    def __init__(self, folder):
        self.file = tempfile.NamedTemporaryFile(dir=folder, delete=False)
        self.plain, self.packed, self.size = hashlib.sha256(), hashlib.sha256(), 0
        self.gzip = zlib.compressobj(6, zlib.DEFLATED, 31)

    def write(self, data):
        """Takes the next piece of the tar stream."""
        self.plain.update(data)
        self._out(self.gzip.compress(data))
        return len(data)

    def _out(self, data):
        self.packed.update(data)
        self.size += len(data)
        self.file.write(data)

    def finish(self, folder):
        """Puts the blob in its place; its descriptor and diff ID."""
        self._out(self.gzip.flush())
        self.file.close()
        digest = self.packed.hexdigest()
        os.chmod(self.file.name, 0o644)
        os.rename(self.file.name, os.path.join(folder, digest))
        return {"mediaType": LAYER, "digest": "sha256:" + digest, "size": self.size}, "sha256:" + self.plain.hexdigest()


def entry(tar, path, body=None, mode=0o644, link=None):
    """Adds a directory (no body), a file or a symbolic link."""
    info = tarfile.TarInfo(path)
    info.mtime, info.mode = EPOCH, mode
    if link is not None:
        info.type, info.linkname = tarfile.SYMTYPE, link
        tar.addfile(info)
    elif body is None:
        info.type, info.mode = tarfile.DIRTYPE, mode | 0o111
        tar.addfile(info)
    else:
        info.size = len(body)
        tar.addfile(info, io.BytesIO(body))


def tree(tar, files):
    """Adds files and, before the first that needs it, each directory."""
    seen = set()
    for path, body in files:
        parts = path.split("/")[:-1]
        for end in range(1, len(parts) + 1):
            folder = "/".join(parts[:end])
            if folder not in seen:
                seen.add(folder)
                entry(tar, folder, mode=0o755)
        entry(tar, path, body)


def busybox(tar):
    """A root with one static busybox and a link for each of its applets."""
    binary = shutil.which("busybox")
    if not binary:
        raise Missing("no busybox (Debian: busybox-static)")
    with open(binary, "rb") as source:
        body = source.read()
    if b"/lib64/ld-linux" in body or b"/lib/ld-linux" in body:
        raise Missing("busybox is not static (Debian: busybox-static)")
    for folder in ("bin", "dev", "etc", "proc", "root", "sys", "tmp", "usr", "usr/bin", "var"):
        entry(tar, folder, mode=0o1777 if folder == "tmp" else 0o755)
    entry(tar, "bin/busybox", body, 0o755)
    applets = subprocess.run([binary, "--list"], stdout=subprocess.PIPE, check=True).stdout.decode().split()
    for applet in sorted(set(applets) - {"busybox"}):
        entry(tar, "bin/" + applet, mode=0o777, link="/bin/busybox")
    entry(tar, "etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")
    entry(tar, "etc/group", b"root:x:0:\n")


def debian(packages):
    """A writer of a minimal Debian with some packages, without manuals, documents and translations."""
    def write(sink, mirror):
        if not shutil.which("mmdebstrap"):
            raise Missing("no mmdebstrap to make a Debian base with")
        command = ["mmdebstrap", "--variant=minbase", "--skip=output/dev", "--include=" + ",".join(packages)]
        for path in ("doc", "man", "locale", "info"):
            command.append(f"--dpkgopt=path-exclude=/usr/share/{path}/*")
        command += ["bookworm", "-", f"deb {mirror} bookworm main"]
        env = dict(os.environ, SOURCE_DATE_EPOCH=str(EPOCH))
        with tempfile.TemporaryFile() as log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=env) as child:
            while piece := child.stdout.read(1 << 20):
                sink.write(piece)
            if child.wait():
                log.seek(0)
                lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
                raise Missing("mmdebstrap failed: " + "; ".join(lines[-2:]))
    write.raw = True
    return write


def blob(tar):
    """One file of 64 MiB that case E copies sixteen times."""
    entry(tar, "blob", mixed(random.Random(3), 64 << 20))


def big500(tar):
    """2,000 files of 256 KiB."""
    names = (f"data/d{i % 40}/f{i}" for i in range(2000))
    tree(tar, zip(names, slices(4, 2000, 262_138)))


def large(tar):
    """Thirteen files of 32 MiB."""
    pool = list(slices(5, 200, 262_144))
    rand = random.Random(6)
    tree(tar, ((f"large/l{i}.bin", b"".join(rand.choice(pool) for _ in range(128))) for i in range(13)))


def middle(tar):
    """8,000 files of about 35 KB."""
    names = (f"tree/t{i % 300}/x{i}" for i in range(8000))
    tree(tar, zip(names, slices(8, 8000, lambda rand: min(1 << 20, max(100, int(rand.lognormvariate(9.85, 1.2)))))))


IMAGES = {
    "busybox:latest": [busybox],
    "debian:bookworm-slim": [debian(["ca-certificates"])],
    "devtools:bookworm": [debian(["ca-certificates", "gcc", "libc6-dev", "make", "python3-minimal"])],
    "blob:latest": [busybox, blob],
    "big500:latest": [busybox, big500],
    "big1g:latest": [busybox, lambda tar: tree(tar, small_files()), large, middle],
}


def layout(root, name):
    """Directory of an image's layout."""
    return os.path.join(root, name.replace(":", "-"))


def put(folder, media_type, document):
    """Writes a JSON document as a blob; its descriptor."""
    data = json.dumps(document, sort_keys=True).encode()
    digest = hashlib.sha256(data).hexdigest()
    with open(os.path.join(folder, digest), "wb") as out:
        out.write(data)
    return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(data)}


def make(root, name, mirror):
    """Makes an image's layout unless it is there; it appears whole or not at all."""
    final = layout(root, name)
    if os.path.isdir(final):
        return
    os.makedirs(root, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root) as scratch:
        blobs = os.path.join(scratch, "layout/blobs/sha256")
        os.makedirs(blobs)
        layers, diffs = [], []
        for write in IMAGES[name]:
            sink = LayerWriter(blobs)
            if getattr(write, "raw", False):
                write(sink, mirror)
            else:
                with tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                    write(tar)
            descriptor, diff = sink.finish(blobs)
            layers.append(descriptor)
            diffs.append(diff)
        describe(os.path.join(scratch, "layout"), blobs, layers, diffs)
        os.rename(os.path.join(scratch, "layout"), final)


def describe(folder, blobs, layers, diffs):
    """Configuration, manifest and index over the layers."""
    machine = os.uname().machine
    config = put(blobs, CONFIG, {
        "architecture": ARCHITECTURES.get(machine, machine), "os": "linux", "created": "2026-01-01T00:00:00Z",
        "config": {"Env": [PATH], "Cmd": ["/bin/sh"]}, "rootfs": {"type": "layers", "diff_ids": diffs},
        "history": [{"created": "2026-01-01T00:00:00Z", "created_by": "bench"} for _ in layers],
    })
    manifest = put(blobs, MANIFEST, {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers})
    manifest["annotations"] = {"org.opencontainers.image.ref.name": "image"}
    for path, document in (
        ("oci-layout", {"imageLayoutVersion": "1.0.0"}),
        ("index.json", {"schemaVersion": 2, "mediaType": INDEX, "manifests": [manifest]}),
    ):
        with open(os.path.join(folder, path), "w", encoding="ascii") as out:
            json.dump(document, out)


if __name__ == "__main__":
    for wanted in sys.argv[3:]:
        try:
            make(sys.argv[1], wanted, sys.argv[2])
            print(wanted, "ok", flush=True)
        except Missing as reason:
            print(wanted, reason, flush=True)
