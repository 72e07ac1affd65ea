#!/usr/bin/env python3
"""Measures cooper beside BuildKit and buildah; see README.md in this directory."""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile

import bases
import report
from builders import BUILDERS, ForeignBuildKit
from cases import all_cases
from measure import timed
from services import Failed, Registry, find, remove, run

HERE = os.path.dirname(os.path.abspath(__file__))


class Site:
    """The directories and services of one bench."""

    def __init__(self, options):
        self.work = os.path.abspath(options.work)
        self.cooper = os.path.abspath(options.cooper)
        # Made anew for each bench: the state of the builders, and short paths for sockets.
        self.state = os.path.join(self.work, f"state-{os.getpid()}")
        self.run_dir = tempfile.mkdtemp(prefix="cooper-bench-")
        self.archive = os.path.join(self.state, "image.tar")
        os.makedirs(self.state)
        # ext4 creates files slowly where many were deleted a moment ago. Each builder's directory goes to a place of its own
        # on the disk, so that none pays for what another one deletes. Other file systems refuse, and need no such thing.
        subprocess.run(["chattr", "+T", self.state], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.registry = Registry(os.path.join(self.work, "registry"), self.run_dir, "registry")
        self.target = Registry(os.path.join(self.state, "target"), self.run_dir, "target")

    def base(self, name):
        """A base's name in the registry of this bench."""
        return f"{self.registry.address}/base/{name}"

    def close(self):
        """Ends the registries and removes what was made for this bench."""
        self.registry.stop()
        self.target.stop()
        remove(self.state)
        remove(self.run_dir)


def say(text):
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def make_inputs(site, cases, mirror):
    """Contexts and base images, in processes of their own; the images that cannot be made, with the reason."""
    names = sorted({case.context for case in cases})
    run([sys.executable, os.path.join(HERE, "contexts.py"), os.path.join(site.work, "contexts"), *names], timeout=3600)
    wanted = list(dict.fromkeys(["busybox:latest", *(base for case in cases for base in case.bases)]))
    output = run([sys.executable, os.path.join(HERE, "bases.py"), os.path.join(site.work, "images"), mirror, *wanted], timeout=7200)
    results = dict(line.split(" ", 1) for line in output.splitlines() if " " in line)
    for name in wanted:
        if results.get(name) == "ok":
            publish(site, name)
    return {name: results.get(name, "it could not be made") for name in wanted if results.get(name) != "ok"}


def publish(site, name):
    """Puts a base into the registry unless it holds it."""
    layout = bases.layout(os.path.join(site.work, "images"), name)
    with open(os.path.join(layout, "index.json"), encoding="utf-8") as source:
        digest = json.load(source)["manifests"][0]["digest"]
    repository = "base/" + name.split(":")[0]
    if site.registry.has(repository, digest) and site.registry.has(repository, name.split(":")[1]):
        return
    skopeo = find("skopeo")
    if not skopeo:
        raise Failed("no skopeo to fill the registry with (Debian: skopeo)")
    run([skopeo, "copy", "-q", "--dest-tls-verify=false", f"oci:{layout}:image", "docker://" + site.base(name)])


def start_builders(site, wanted, foreign):
    """The builders that can run here, and why the others cannot."""
    builders, absent = [], {}
    kinds = [BUILDERS[name](site) for name in wanted] + [ForeignBuildKit(site, *pair.split("=", 1)) for pair in foreign]
    for builder in kinds:
        try:
            builder.start()
            builder.probe(site.base("busybox:latest"))
            builders.append(builder)
        except (Failed, subprocess.TimeoutExpired) as reason:
            absent[builder.name] = str(reason)
            say(f"{builder.name} cannot run: {reason}")
            builder.stop()
    return builders, absent


def measure_case(site, case, builders, runs, rows):
    """All runs of a case; the builders take turns, and another one begins each round."""
    case.setup()
    ready = []
    for builder in builders:
        try:
            case.prepare(builder)
            ready.append(builder)
        except (Failed, subprocess.TimeoutExpired) as reason:
            fail(rows, case, case.name, builder, f"not prepared: {reason}")
    for number in range(runs):
        turn = number % max(1, len(ready))
        for builder in ready[turn:] + ready[:turn]:
            if not one_run(site, case, builder, number, rows):
                ready = [other for other in ready if other is not builder]
    for builder in builders:
        case.after(builder)


def one_run(site, case, builder, number, rows):
    """The timed steps of one run; whether the builder can go on."""
    try:
        case.before(builder, number)
        for step, command in case.steps():
            # What the run before wrote goes to the disk now, not during this one.
            line = command(builder)
            subprocess.run(["sync", "-f", site.work], check=False)
            row = timed(line, builder.env, site.run_dir, builder.daemons)
            output = row.pop("output")
            row |= {"case": case.name, "step": step, "builder": builder.name, "run": number}
            if row["failed"]:
                fail(rows, case, step, builder, output[-600:].strip().replace("\n", "; "))
                return False
            if problem := case.check(builder, output):
                row["error"] = problem
            rows.append(row)
            say(f"{step:8} {builder.name:15} {row['wall']:8.3f} s  cpu {row['cpu']:7.3f} s  client {row['client']:4.0f} MiB"
                f"  others {row['others']:.1f}" + (f"  ({row['error']})" if row.get("error") else ""))
    except (Failed, subprocess.TimeoutExpired) as reason:
        fail(rows, case, case.name, builder, str(reason))
        return False
    return True


def fail(rows, case, step, builder, reason):
    """Notes a run that gave no figures."""
    say(f"{step:8} {builder.name:15} failed: {reason}")
    rows.append({"case": case.name, "step": step, "builder": builder.name, "failed": True, "error": "failed: " + reason})


def bench(site, options, rows):
    """Everything between start and clean-up; the report."""
    known = all_cases(site)
    cases = [known[name] for name in options.cases]
    site.registry.start()
    say("making contexts and base images (once; kept for the next bench)")
    missing = make_inputs(site, cases, options.mirror)
    for case in cases:
        if lacking := [f"`{base}`: {missing[base]}" for base in case.bases if base in missing]:
            say(f"{case.name} cannot run: {'; '.join(lacking)}")
    builders, absent = start_builders(site, options.builders, options.docker)
    versions = {builder.name: builder.version() for builder in builders}
    try:
        for case in cases:
            if not any(base in missing for base in case.bases):
                measure_case(site, case, builders, options.runs, rows)
    except KeyboardInterrupt:
        say("interrupted: the report has what was measured until now")
    finally:
        for builder in builders:
            builder.stop()
    return report.document(rows, cases, versions, absent, site.work, options.date)


def arguments():
    """The command line."""
    names = ["A", "B", "C", "D", "Dnoop", "Done", "E", "F", "G", "H"]
    parser = argparse.ArgumentParser(description="measure cooper beside BuildKit and buildah")
    parser.add_argument("--cooper", default="target/release/cooper", help="the binary (default: %(default)s)")
    parser.add_argument("--cases", default=",".join(names), help="cases to run (default: all of %(default)s)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each case and builder (default: %(default)s)")
    parser.add_argument("--builders", default="cooper,buildkit,buildah", help=f"of {','.join(BUILDERS)} (default: %(default)s)")
    parser.add_argument("--docker", action="append", default=[], metavar="NAME=CLIENT",
                        help="also BuildKit behind this Docker client command; ITS BUILD CACHE IS EMPTIED")
    parser.add_argument("--work", default="target/bench", help="directory for contexts, images and state (default: %(default)s)")
    parser.add_argument("--mirror", default="http://deb.debian.org/debian", help="Debian mirror (default: %(default)s)")
    parser.add_argument("--out", help="where the report goes (default: RESULTS.md here when all cases run, else only printed)")
    parser.add_argument("--rows", help="write every run as JSON to this file")
    parser.add_argument("--date", help="a date to put into the report (default: none)")
    options = parser.parse_args()
    options.cases, options.builders = options.cases.split(","), options.builders.split(",")
    for given, known in ((options.cases, names), (options.builders, list(BUILDERS))):
        if unknown := [name for name in given if name not in known]:
            parser.error(f"unknown: {', '.join(unknown)} (there are {', '.join(known)})")
    if not options.out and options.cases == names:
        options.out = os.path.join(HERE, "RESULTS.md")
    return options


def main():
    """Runs the bench; 0 when every builder that is there gave figures, 1 when a run failed, 4 when nothing could be measured."""
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    rows = []
    site = Site(options)
    try:
        text = bench(site, options, rows)
    except Failed as reason:
        say(f"error: {reason}")
        return 4
    finally:
        site.close()
    print(text)
    for path, content in ((options.out, text), (options.rows, json.dumps(rows, indent=1))):
        if path:
            with open(path, "w", encoding="utf-8") as out:
                out.write(content)
    return 1 if any(row["failed"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
