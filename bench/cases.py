"""The cases: what is prepared, what is timed.

A case yields *rounds*: `prepare(builder)` once for each builder, then for each run and builder `before`, and the
timed steps one after the other. A step is `(label, make)`, where `make(builder)` returns the command.
"""

import os

import contexts


class Case:
    """A build of one Dockerfile; subclasses say in which state."""

    # Name of the context and Dockerfile, and the bases.
    context, bases = "abc", ("debian:bookworm-slim", "devtools:bookworm")
    warm, jobs = False, None

    def __init__(self, name, title, site, **settings):
        self.name, self.title, self.site = name, title, site
        for key, value in settings.items():
            setattr(self, key, value)
        self.tag = f"bench/{self.context}:1"

    @property
    def folder(self):
        """The context's directory."""
        return os.path.join(self.site.work, "contexts", self.context)

    @property
    def file(self):
        """The Dockerfile, written for this run's registry."""
        return os.path.join(self.site.run_dir, self.context + ".Dockerfile")

    @property
    def base_names(self):
        """The bases as image names."""
        return [self.site.base(base) for base in self.bases]

    def setup(self):
        """Writes the Dockerfile."""
        with open(self.file, "w", encoding="utf-8") as out:
            out.write(contexts.dockerfile(self.context, self.site.registry.address))

    def build(self, builder):
        """The command that builds the case's image."""
        return builder.build(self.file, self.folder, self.tag, self.jobs)

    def prepare(self, builder):
        """Untimed, once for each builder: the bases, and for warm cases one full build."""
        builder.forget([])
        for base in self.base_names:
            builder.have_base(base)
        if self.warm:
            builder.call(self.build(builder))

    def before(self, builder, run):
        """Untimed, before each run."""
        if not self.warm:
            builder.forget(self.base_names)

    def steps(self):
        """The timed steps."""
        return [(self.name, self.build)]

    def after(self, builder):
        """Untimed, when all runs of the case are done."""

    def check(self, builder, output):
        """What is wrong with a run's output, if anything."""


class NoOp(Case):
    """A build where nothing changed."""

    warm = True

    def prepare(self, builder):
        super().prepare(builder)
        builder.call(self.build(builder))

    def check(self, builder, output):
        return None if builder.cached_mark in output else "no step was taken from the cache"


class OneFile(Case):
    """A build where one file changed."""

    warm = True

    def setup(self):
        super().setup()
        self.path = os.path.join(self.folder, contexts.CHANGED[self.context])
        with open(self.path, "rb") as source:
            self.content = source.read()

    def before(self, builder, run):
        with open(self.path, "wb") as out:
            out.write(self.content + f"\n# {builder.name} {run}\n".encode())

    def after(self, builder):
        with open(self.path, "wb") as out:
            out.write(self.content)
        os.utime(self.path, (contexts.EPOCH, contexts.EPOCH))


class BigLayer(Case):
    """A layer of 1 GB: built, saved to an archive, pushed to an empty registry."""

    def before(self, builder, run):
        super().before(builder, run)
        self.site.target.empty()
        self.remove_archive()

    def remove_archive(self):
        """Removes the archive of the run before."""
        if os.path.exists(self.site.archive):
            os.unlink(self.site.archive)

    def steps(self):
        return [("E.build", self.build), ("E.save", self.save), ("E.push", self.push)]

    def save(self, builder):
        """The command that writes the archive."""
        return builder.save(self.file, self.folder, self.tag, self.site.archive)

    def push(self, builder):
        """The command that pushes."""
        self.remove_archive()
        untimed, timed = builder.push(self.tag, f"{self.site.target.address}/{self.tag}")
        for command in untimed:
            builder.call(command)
        return timed

    def after(self, builder):
        self.remove_archive()
        builder.forget([])


class Pull(Case):
    """A pull of 1 GB, and the first step on it: some builders unpack while they pull, others when a step needs it."""

    def prepare(self, builder):
        builder.forget([])

    def before(self, builder, run):
        builder.forget([])

    def steps(self):
        return [("H.pull", lambda builder: builder.pull(self.base_names[0])), ("H.step", self.build)]

    def after(self, builder):
        builder.forget([])


def all_cases(site):
    """Every case, in the order of the report."""
    busybox, tree = ("busybox:latest",), "20,000 files, 300 MB"
    cases = [
        NoOp("A", "no-op rebuild: 3 stages, 20 instructions", site),
        Case("B", "the same from nothing, bases present", site),
        OneFile("C", "the same, one file changed late", site),
        Case("D", f"COPY of {tree}, from nothing", site, context="d", bases=busybox),
        NoOp("Dnoop", f"COPY of {tree}, nothing changed", site, context="d", bases=busybox),
        OneFile("Done", f"COPY of {tree}, one file changed", site, context="d", bases=busybox),
        BigLayer("E", "a layer of 1 GB: build, save, push to an empty registry", site, context="e", bases=("blob:latest",)),
        Case("F", "8 independent stages of `sleep 2`", site, context="f", bases=busybox, jobs=8),
        Case("G", "COPY --from of 500 MB in 2,000 files", site, context="g", bases=("busybox:latest", "big500:latest")),
        Pull("H", "pull of a 1 GB image, then the first step on it", site, context="h", bases=("big1g:latest",)),
    ]
    return {case.name: case for case in cases}
