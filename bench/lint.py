#!/usr/bin/env python3
"""Time and memory of `cooper lint` beside hadolint and tally on the same files: `python3 bench/lint.py --help`.

Prints a table in Markdown. CPU is user and system time of the process and its children; rounds alternate between the
tools, so that noise of the machine meets all of them, and the least of the rounds counts."""
import argparse
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time


def run(command, cwd):
    """CPU seconds, wall seconds and peak memory in MB of a command; its output is thrown away."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        start = time.monotonic()
        with open(os.devnull, "w", encoding="utf-8") as null:
            status = subprocess.call(command, cwd=cwd, stdout=null, stderr=null)
        wall = time.monotonic() - start
        use = resource.getrusage(resource.RUSAGE_CHILDREN)
        os.write(writer, f"{use.ru_utime + use.ru_stime} {wall} {use.ru_maxrss / 1024} {status}".encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        cpu, wall, memory, status = pipe.read().split()
    os.waitpid(child, 0)
    return float(cpu), float(wall), float(memory), int(status)


def least(command, cwd, rounds):
    """The least of several rounds."""
    found = [run(command, cwd) for _ in range(rounds)]
    return min(one[0] for one in found), min(one[1] for one in found), max(one[2] for one in found), found[-1][3]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", help="directory with Dockerfiles, in any depth")
    parser.add_argument("--cooper", default="target/release/cooper")
    parser.add_argument("--hadolint", default=shutil.which("hadolint"))
    parser.add_argument("--tally", default=shutil.which("tally"))
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    cooper = str(pathlib.Path(args.cooper).resolve())
    for tool in ("hadolint", "tally"):
        if getattr(args, tool):
            setattr(args, tool, os.path.abspath(getattr(args, tool)))
    found = sorted(path for path in pathlib.Path(args.corpus).resolve().rglob("*") if path.is_file() and "dockerfile" in path.name.lower())
    step = max(1, len(found) // args.files)
    chosen = found[::step][: args.files]
    with tempfile.TemporaryDirectory() as work:
        names = []
        for number, path in enumerate(chosen):
            # tally takes files of this name only.
            name = f"{number:04}/Dockerfile"
            os.mkdir(os.path.join(work, f"{number:04}"))
            shutil.copyfile(path, os.path.join(work, name))
            names.append(name)
        tools = {"cooper": [cooper, "lint", "--format", "json", "--fail-on", "never"]}
        if args.hadolint:
            tools["hadolint"] = [args.hadolint, "--no-fail", "-f", "json"]
        if args.tally:
            tools["tally"] = [args.tally, "lint", "--format", "json"]
        small = os.path.join(work, "small", "Dockerfile")
        os.mkdir(os.path.dirname(small))
        pathlib.Path(small).write_text("FROM debian:12\nRUN apt-get update && apt-get install -y curl\nUSER 1000\n")
        base = None
        print(f"{len(names)} files, {args.rounds} rounds\n")
        print("| tool | CPU per file | ratio | memory | one small file: wall | CPU |\n|---|---|---|---|---|---|")
        for tool, command in tools.items():
            cpu, _, memory, _ = least(command + names, work, args.rounds)
            small_cpu, small_wall, _, _ = least(command + [small], work, max(args.rounds, 5))
            each = cpu / len(names)
            base = base or each
            print(
                f"| {tool} | {each * 1000:.3f} ms | {each / base:.1f} | {memory:.0f} MB | "
                f"{small_wall * 1000:.1f} ms | {small_cpu * 1000:.1f} ms |"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
