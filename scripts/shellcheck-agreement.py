#!/usr/bin/env python3
"""Where cooper and ShellCheck agree on the RUN instructions of real Dockerfiles, by code and line.

    python3 scripts/shellcheck-agreement.py PATHS… --cooper target/release/cooper --shellcheck shellcheck [--show SC2086]

Each RUN in shell form, those of ONBUILD and here-documents too, becomes a script as hadolint makes it: the shell of SHELL
in the first line, the variables of ARG and ENV so far and those of proxies exported as `1`, then the text of the step.
Continued lines are joined as a builder joins them, and places are brought back to the lines of the Dockerfile. A here-
document with a first line `#!` of its own is left to that shell, what is for Windows is left out, and comments that hide
findings are passed over. Prints a
table of the codes that ShellCheck finds, the most frequent first, and ends with 1 if fewer than 95 % of the findings of
the forty codes of interest are found by cooper at the same line. With --raw nothing is exported. --hadolint PROGRAM also
checks these scripts: hadolint shows the last finding of a RUN alone, which has to be the last here."""
import argparse
import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# The codes that are found most often in RUN, most frequent first.
OFTEN = """SC2086 SC2046 SC2016 SC2154 SC2006 SC2164 SC2035 SC2028 SC2155 SC2038 SC3037 SC3009 SC3057 SC1001 SC2027
SC2185 SC3044 SC2226 SC2115 SC2015 SC3046 SC1010 SC3040 SC1003 SC1036 SC2283 SC3028 SC2211 SC2010 SC2034 SC3029 SC3060
SC2043 SC3020 SC2094 SC1035 SC2059 SC2102 SC2140 SC2166 SC3045 SC3010 SC2235 SC2129 SC2068 SC2145""".split()
PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY"]
PROXIES += [name.lower() for name in PROXIES]
WINDOWS = re.compile(r"powershell|pwsh|windowsservercore|nanoserver|/windows/|ltsc20", re.I)
# What hadolint asks ShellCheck to leave out.
LEFT_OUT = {"SC2187", "SC1090", "SC1091"}
KEYWORDS = """FROM RUN CMD LABEL MAINTAINER EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG ONBUILD STOPSIGNAL
HEALTHCHECK SHELL CROSS_BUILD""".split()
HEREDOC = re.compile(r"<<(-?)([\"']?)([A-Za-z_][A-Za-z0-9_.]*)\2")


class Text:
    """A text with the line of the Dockerfile of each of its characters."""

    def __init__(self):
        self.chars, self.lines = [], []

    def add(self, text, line):
        self.chars.extend(text)
        self.lines.extend([line] * len(text))

    def cut(self, start):
        result = Text()
        result.chars, result.lines = self.chars[start:], self.lines[start:]
        return result

    def __str__(self):
        return "".join(self.chars)


def instructions(source):
    """Keyword, text and here-documents (name, text, whether tabs go) of each instruction."""
    lines = source.split("\n")
    escape, at = "\\", 0
    for line in lines:
        found = re.match(r"#\s*([A-Za-z]+)\s*=\s*(\S+)\s*$", line.strip())
        if not found:
            break
        if found[1].lower() == "escape":
            escape = found[2]
    while at < len(lines):
        line = lines[at].rstrip("\r")
        if not line.strip() or line.lstrip().startswith("#"):
            at += 1
            continue
        text, first = Text(), True
        while at < len(lines):
            line = lines[at].rstrip("\r")
            if not first and (line.lstrip().startswith("#") or not line.strip()):
                at += 1
                continue
            stripped = line.rstrip(" \t")
            goes_on = stripped.endswith(escape)
            text.add(stripped[:-1] if goes_on else line, at + 1)
            first = False
            at += 1
            if not goes_on:
                break
        whole = str(text)
        found = re.match(r"\s*([A-Za-z]+)\s*", whole)
        if not found:
            continue
        keyword, body = found[1].upper(), text.cut(found.end())
        documents = []
        inner = re.match(r"(ONBUILD\s+)?(RUN|COPY|ADD)\b", whole.strip(), re.I)
        for tabs, _, name in HEREDOC.findall(whole) if inner else []:
            document = Text()
            while at < len(lines):
                line = lines[at].rstrip("\r")
                at += 1
                if (line.lstrip("\t") if tabs else line) == name:
                    break
                document.add((line.lstrip("\t") if tabs else line) + "\n", at)
            documents.append((name, document, bool(tabs)))
        yield keyword, body, documents


def names_of(keyword, text):
    """The variables that an ENV or ARG sets."""
    words = re.findall(r"(?:[^\s\"'\\]|\\.|\"(?:[^\"\\]|\\.)*\"|'[^']*')+", text)
    if keyword == "ENV" and words and "=" not in words[0]:
        words = words[:1]
    return [word.split("=", 1)[0].strip("\"'") for word in words]


def without_flags(body):
    while found := re.match(r"\s*--[a-z]+(=(\"[^\"]*\"|\S)*)?\s+", str(body)):
        body = body.cut(found.end())
    return body


def script_of(body, documents):
    """The text that the shell of a RUN is given, and its own first line; `None` in JSON form."""
    body = without_flags(body)
    text = str(body)
    try:
        if isinstance(json.loads(text), list):
            return None
    except ValueError:
        pass
    found = re.fullmatch(r"\s*<<-?[\"']?\w[\w.]*[\"']?\s*", text)
    if found and documents:
        document = documents[0][1]
        first = str(document).split("\n", 1)[0]
        shebang = first if first.startswith("#!") else None
        return document, shebang
    result = body.cut(0)
    if result.lines:
        result.add("\n", result.lines[-1])
    for name, document, _ in documents:
        result.chars += document.chars
        result.lines += document.lines
        result.add(name + "\n", document.lines[-1] + 1 if document.lines else result.lines[-1])
    return result, None


def scripts_of(source, raw=False):
    """Each script of a file: text for ShellCheck, number of lines before the body, and the body."""
    shell, names, stages, current = "/bin/sh", [], {}, None
    for keyword, body, documents in instructions(source):
        text = str(body)
        if keyword == "ONBUILD":
            found = re.match(r"([A-Za-z]+)\s*", text)
            if not found or found[1].upper() != "RUN":
                continue
            keyword, body = "RUN", body.cut(found.end())
        if keyword == "FROM":
            words = [word for word in text.split() if not word.startswith("--")]
            shell, names = stages.get(words[0] if words else "", ("/bin/sh", []))
            names = list(names)
            current = words[2] if len(words) > 2 and words[1].lower() == "as" else None
        elif keyword == "SHELL":
            try:
                shell = json.loads(text)[0]
            except (ValueError, IndexError, TypeError):
                pass
        elif keyword in ("ENV", "ARG"):
            names += [name for name in names_of(keyword, text) if re.fullmatch(r"[A-Za-z_]\w*", name)]
        elif keyword == "RUN":
            found = script_of(body, documents)
            if found and not re.search(r"pwsh|powershell|cmd", shell, re.I):
                content, shebang = found
                own = shebang and re.match(r"#!\s*(/usr/bin/env\s+)?\S*\b(sh|bash|dash|ash)\b", shebang)
                if shebang and not own:
                    continue
                first = "#!" + (own[2] if own else shell) + "\n"
                exports = "" if raw else "".join(f"export {name}=1\n" for name in [*PROXIES, *names])
                head = first + exports
                yield head + str(content), head.count("\n"), content
        if current:
            stages[current] = (shell, list(names))


def of_shellcheck(program, paths, raw):
    """(code, line) of each finding by file, in ShellCheck's order by RUN, and how many scripts there are."""
    found, ordered = collections.defaultdict(list), collections.defaultdict(list)
    count = 0
    with tempfile.TemporaryDirectory() as directory:
        todo = []
        for path in paths:
            source = pathlib.Path(path).read_text(errors="replace")
            for number, (script, before, body) in enumerate(scripts_of(source, raw)):
                count += 1
                name = pathlib.Path(directory) / f"{count}.sh"
                name.write_text(script)
                todo.append((str(name), path, number, before, body))
        for start in range(0, len(todo), 400):
            batch = {item[0]: item for item in todo[start : start + 400]}
            run = subprocess.run([program, "-f", "json1", *batch], capture_output=True, check=False)
            if run.returncode not in (0, 1):
                sys.exit(f"error: `{program}` fails: {run.stderr.decode()[:400]}")
            comments = json.loads(run.stdout)["comments"]
            levels = {"error": 0, "warning": 1, "info": 2, "style": 3}
            comments.sort(key=lambda c: (c["file"], c["line"], c["column"], levels[c["level"]], c["code"]))
            for comment in comments:
                _, path, number, before, body = batch[comment["file"]]
                code = f"SC{comment['code']}"
                if code in LEFT_OUT or comment["line"] <= before:
                    continue
                line = line_of(body, comment["line"] - before, comment["column"])
                ordered[path, number].append((code, line))
                found[path].append((code, line))
    return found, ordered, count


def line_of(body, line, column):
    """The line of the Dockerfile of a place in a body."""
    text, at = str(body), 0
    for _ in range(line - 1):
        at = text.find("\n", at) + 1 or len(text)
    at = min(at + column - 1, len(body.lines) - 1)
    return body.lines[at] if body.lines else 0


def of_cooper(program, paths):
    """(code, line) of each finding by file; the files are copied without the comments that hide findings."""
    found = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as directory:
        copies = {}
        for number, path in enumerate(paths):
            copy = pathlib.Path(directory) / f"{number}.Dockerfile"
            text = pathlib.Path(path).read_bytes()
            copy.write_bytes(re.sub(rb"(?m)^(\s*#.*?)(hadolint|cooper|check)(?=[ \t:=])", rb"\1x\2", text))
            copies[copy.name] = path
        for file, items in of_cooper_copies(program, [str(pathlib.Path(directory) / name) for name in copies]).items():
            # What cooper shows can be relative.
            found[copies[pathlib.Path(file).name]] = items
    return found


def of_cooper_copies(program, paths):
    found = collections.defaultdict(list)
    for start in range(0, len(paths), 400):
        command = [program, "lint", "--format", "json", "--fail-on", "never", "--select", "all"]
        run = subprocess.run([*command, *paths[start : start + 400]], capture_output=True, check=False)
        try:
            findings = json.loads(run.stdout)["findings"]
        except ValueError:
            sys.exit(f"error: `{program}` fails: {run.stderr.decode()[:400]}")
        for item in findings:
            place = item["location"]
            codes = [alias for alias in item["aliases"] if alias.startswith("SC")]
            for code in codes:
                found[place["file"]].append((code, place["start"]["line"]))
    return found


def of_hadolint(program, paths):
    """The ShellCheck codes of each file that hadolint can read, in the order of its lines."""
    found, broken = collections.defaultdict(list), set()
    for start in range(0, len(paths), 200):
        run = subprocess.run([program, "--no-fail", "-f", "json", *paths[start : start + 200]], capture_output=True, check=False)
        for item in json.loads(run.stdout or b"[]"):
            if item["code"] == "DL1000":
                broken.add(item["file"])
            if item["code"].startswith("SC"):
                found[item["file"]].append((item["line"], item["code"]))
    return {path: [code for _, code in sorted(found[path])] for path in paths if path not in broken}


def compare(theirs, ours, show):
    """By code: found by both at the same line, by ShellCheck alone, by cooper alone, and by both in the file."""
    rows = collections.defaultdict(lambda: [0, 0, 0])
    for path in sorted(set(theirs) | set(ours)):
        one, other = collections.Counter(theirs.get(path, [])), collections.Counter(ours.get(path, []))
        for code, line in sorted(set(one) | set(other)):
            a, b = one[code, line], other[code, line]
            both = a if b else 0  # several at one line are one to a reader
            rows[code][0] += both
            rows[code][1] += a - both
            rows[code][2] += 0 if a else b
            if code in show and bool(a) != bool(b):
                print(f"{code} {path}:{line} {'only ShellCheck' if a else 'only cooper'}")
    return rows


def report(rows):
    print("| code | both | only ShellCheck | only cooper | found by cooper |\n|---|---|---|---|---|")
    for code, (both, alone, extra) in sorted(rows.items(), key=lambda item: (-sum(item[1][:2]), item[0])):
        share = f"{100 * both / (both + alone):.1f} %" if both + alone else ""
        print(f"| {code} | {both} | {alone} | {extra} | {share} |")
    frequent = sorted(rows, key=lambda code: -sum(rows[code][:2]))[:40]
    wanted = [code for code in rows if code in frequent or code in OFTEN]
    both, alone, extra = (sum(rows[code][at] for code in wanted) for at in range(3))
    share = 100 * both / max(1, both + alone)
    print(f"\nof the {both + alone} findings of {len(wanted)} codes cooper has {both}: {share:.2f} %; {extra} of its own")
    total, missed = sum(row[0] + row[1] for row in rows.values()), sum(row[1] for row in rows.values())
    print(f"of the {total} findings of all codes: {100 * (total - missed) / max(1, total):.2f} %")
    return share


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--cooper", default="target/release/cooper")
    parser.add_argument("--shellcheck", default="shellcheck")
    parser.add_argument("--hadolint")
    parser.add_argument("--raw", action="store_true", help="without the variables of ARG and ENV")
    parser.add_argument("--files", type=int, default=0, help="only so many, spread over all")
    parser.add_argument("--show", action="append", default=[], metavar="CODE")
    args = parser.parse_args()
    for program in filter(None, [args.cooper, args.shellcheck, args.hadolint]):
        if not shutil.which(program):
            sys.exit(f"error: the program `{program}` is not there")
    paths = []
    for path in map(pathlib.Path, args.paths):
        paths += sorted(map(str, filter(pathlib.Path.is_file, path.rglob("*")))) if path.is_dir() else [str(path)]
    everything = len(paths)
    paths = [path for path in paths if not WINDOWS.search(pathlib.Path(path).read_text(errors="replace"))]
    windows = everything - len(paths)
    if args.files:
        paths = paths[:: max(1, len(paths) // args.files)]
    theirs, ordered, count = of_shellcheck(args.shellcheck, paths, args.raw)
    if not count:
        sys.exit("error: there is no RUN in these files")
    if args.hadolint:
        shown = of_hadolint(args.hadolint, paths)
        differ = 0
        for path, codes in shown.items():
            last = [list(found)[-1][0] for key, found in sorted(ordered.items(), key=lambda i: i[0]) if key[0] == path]
            if sorted(last) != sorted(codes):
                differ += 1
                print(f"{path}: hadolint {codes}, ShellCheck {last}")
        print(f"of {len(shown)} files hadolint shows something else in {differ}\n")
    print(f"{len(paths)} files, {count} scripts; {windows} files for Windows are left out\n")
    return 0 if report(compare(theirs, of_cooper(args.cooper, paths), args.show)) >= 95 else 1


if __name__ == "__main__":
    sys.exit(main())
