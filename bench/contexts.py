"""Build contexts and Dockerfiles of the cases.

`contexts.py DIR NAME...` writes the contexts; it runs as its own process so that the measuring one stays small.
Dockerfiles name the registry of this run, so they are written for each run by `dockerfile`.
"""

import os
import sys

from content import small_files

# The same time everywhere: 2026-01-01 00:00:00 UTC.
EPOCH = 1_767_225_600

ABC = """FROM {reg}/base/devtools:bookworm AS deps
ENV LANG=C.UTF-8
WORKDIR /deps
COPY requirements.txt gendeps.py ./
RUN python3 gendeps.py /deps/site 2000
FROM {reg}/base/devtools:bookworm AS build
WORKDIR /src
COPY Makefile ./
COPY lib/ lib/
RUN make lib
COPY app/ app/
RUN make app
FROM {reg}/base/debian:bookworm-slim AS final
LABEL org.opencontainers.image.title=bench
RUN mkdir -p /opt/app && useradd -r app
COPY --from=deps /deps/site /opt/app/site
COPY --from=build /src/bin/app /opt/app/bin/app
COPY conf/ /opt/app/conf/
RUN /opt/app/bin/app > /opt/app/version && chown -R app /opt/app/conf
CMD ["/opt/app/bin/app"]
"""
PARALLEL = "".join(f"FROM {{reg}}/base/busybox:latest AS s{i}\nRUN sleep 2; echo {i} > /out{i}\n" for i in range(8))
PARALLEL += "FROM {reg}/base/busybox:latest\n" + "".join(f"COPY --from=s{i} /out{i} /\n" for i in range(8))
PARTS = " ".join(str(i) for i in range(16))

DOCKERFILES = {
    "abc": ABC,
    "d": "FROM {reg}/base/busybox:latest\nWORKDIR /app\nCOPY . .\n",
    "e": "FROM {reg}/base/blob:latest\n"
         f"RUN mkdir /data && for i in {PARTS}; do (echo part $i; cat /blob) > /data/part$i; done\n",
    "f": PARALLEL,
    "g": "FROM {reg}/base/big500:latest AS a\nRUN echo x > /data/x\n"
         "FROM {reg}/base/busybox:latest\nCOPY --from=a /data /data\n",
    "h": "FROM {reg}/base/big1g:latest\nRUN [\"/bin/true\"]\n",
}
# Files that the cases with one change write to; each begins with what the generator wrote.
CHANGED = {"abc": "conf/app3.conf", "d": "node_modules/pkg1/lib/f26.js"}

GENDEPS = """import os, random, sys
rand = random.Random(7)
for i in range(int(sys.argv[2])):
    path = f"{sys.argv[1]}/pkg{i % 50}/m{i}.py"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "w").write("x = %r\\n" % [rand.random() for _ in range(400)])
"""
MAKEFILE = """LIB=$(patsubst %.c,%.o,$(wildcard lib/*.c))
lib: $(LIB)
\tar rcs lib/lib.a $(LIB)
app:
\tmkdir -p bin && cc -O1 -o bin/app app/main.c lib/lib.a
%.o: %.c
\tcc -O1 -c -o $@ $<
.PHONY: lib app
"""


def three_stages():
    """The context of cases A to C: a small C program, a generator of Python modules, ten configuration files."""
    yield "requirements.txt", "six==1.16.0\nrequests==2.31.0\n"
    yield "gendeps.py", GENDEPS
    yield "Makefile", MAKEFILE
    for i in range(8):
        body = f"int s=0;for(int i=0;i<x;i++)s+=i*{i + 3};printf(\"%d\\n\",s);return s;"
        yield f"lib/f{i}.c", f"#include <stdio.h>\nint f{i}(int x){{{body}}}\n"
    yield "app/main.c", "int f0(int),f7(int);int main(){return f0(10)+f7(20)==0;}\n"
    for i in range(10):
        yield f"conf/app{i}.conf", f"key{i}=value\n" * 40


CONTEXTS = {"abc": three_stages, "d": small_files}


def make(root, name):
    """Writes a context once; a half-written one has no mark and is written again."""
    folder, mark = os.path.join(root, name), os.path.join(root, name + ".complete")
    if os.path.exists(mark):
        return
    os.makedirs(folder, exist_ok=True)
    for path, body in CONTEXTS.get(name, tuple)():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as out:
            out.write(body.encode() if isinstance(body, str) else body)
        os.utime(full, (EPOCH, EPOCH))
    with open(mark, "w", encoding="ascii"):
        pass


def dockerfile(name, registry):
    """The Dockerfile of a context with the bases of this run's registry."""
    return DOCKERFILES[name].replace("{reg}", registry)


if __name__ == "__main__":
    for wanted in sys.argv[2:]:
        make(sys.argv[1], wanted)
