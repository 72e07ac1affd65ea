#!/usr/bin/env python3
"""Where cooper and hadolint agree on real Dockerfiles: for each code and file, whether both find it, and on which lines.

    python3 scripts/hadolint-agreement.py DIRECTORY --cooper target/release/cooper --hadolint hadolint [--show DL3008]

Prints a table of the codes, the worst first; with --show the files where the two differ about a code. Files that hadolint
cannot parse are left out and counted. ShellCheck's findings have the line of their RUN in hadolint, so for them only the
RUN is compared."""
import argparse
import collections
import json
import pathlib
import subprocess
import sys


def batches(items, size):
    for start in range(0, len(items), size):
        yield items[start : start + size]


def of_hadolint(program, files):
    """Code and line of each finding by file, and the files that could not be parsed."""
    found, broken = collections.defaultdict(set), set()
    for batch in batches(files, 200):
        output = subprocess.run([program, "--no-fail", "-f", "json", *batch], capture_output=True, check=False).stdout
        for item in json.loads(output or b"[]"):
            if item["code"] == "DL1000":
                broken.add(item["file"])
            found[item["file"]].add((item["code"], item["line"]))
    return found, broken


def of_cooper(program, files, codes):
    """The same of cooper: each finding counts for all of hadolint's codes that it answers to."""
    found = collections.defaultdict(set)
    for batch in batches(files, 500):
        command = [program, "lint", "--format", "json", "--fail-on", "never", "--select", "all", *batch]
        output = subprocess.run(command, capture_output=True, check=False).stdout
        for item in json.loads(output)["findings"]:
            place = item["location"]
            for alias in item["aliases"]:
                if alias in codes or alias.startswith(("DL", "SC")):
                    found[place["file"]].add((alias, place["start"]["line"]))
    return found


def starts(path):
    """For each line of a file the line on which its instruction begins."""
    result, start, open_line = {}, 0, False
    for number, line in enumerate(pathlib.Path(path).read_text(errors="replace").splitlines(), 1):
        text = line.strip()
        if not open_line:
            start = number
        result[number] = start
        if text.startswith("#") or (not text and open_line):
            continue
        open_line = text.endswith("\\")
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory")
    parser.add_argument("--cooper", default="target/release/cooper")
    parser.add_argument("--hadolint", default="hadolint")
    parser.add_argument("--files", type=int, default=0, help="only so many, spread over all")
    parser.add_argument("--show", action="append", default=[], metavar="CODE")
    args = parser.parse_args()
    files = sorted(str(path) for path in pathlib.Path(args.directory).rglob("*") if path.is_file())
    if args.files:
        files = files[:: max(1, len(files) // args.files)]
    theirs, broken = of_hadolint(args.hadolint, files)
    files = [path for path in files if path not in broken]
    codes = {code for path in files for code, _ in theirs[path]}
    ours = of_cooper(args.cooper, files, codes)
    rows = collections.defaultdict(lambda: [0, 0, 0, 0])
    for path in files:
        begin = starts(path)
        both = {code for code, _ in theirs[path]} | {code for code, _ in ours[path]}
        for code in both:
            # hadolint says the line of the instruction.
            one = {line for known, line in theirs[path] if known == code}
            other = {begin.get(line, line) for known, line in ours[path] if known == code}
            row = rows[code]
            row[0] += bool(one and other)
            row[1] += bool(one and not other)
            row[2] += bool(other and not one)
            row[3] += one == other
            if code in args.show and one != other:
                print(f"{code} {path}: hadolint {sorted(one)}, cooper {sorted(other)}")
    print(f"{len(files)} files, {len(broken)} that hadolint cannot parse\n")
    print("| code | both find | hadolint alone | cooper alone | same lines | agreement by file |\n|---|---|---|---|---|---|")
    for code, (both, alone, extra, lines) in sorted(rows.items(), key=lambda item: -(item[1][1] + item[1][2])):
        agree = 100 * (1 - (alone + extra) / len(files))
        print(f"| {code} | {both} | {alone} | {extra} | {lines} | {agree:.1f} % |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
