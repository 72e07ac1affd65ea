#!/usr/bin/env python3
"""Compares cooper with reference builders on a table of cases.

conformance.py --cases cases.json --contexts DIR --cooper PATH --store DIR --base REF --golden DIR --work DIR
               [--docker 'COMMAND' --docker-base NAME] [--buildah 'COMMAND' --buildah-base NAME] [--only 1,2] [--times]

Each case is built by all; the file systems (`--output type=tar`: headers and content) and the configurations are
compared. `--docker` is the command of a docker client with BuildKit, for example `docker`; it is the reference but for
cases that it refuses, though they should build: there it is buildah. Every image name in a FROM or --from is served by one
base image: a busybox with bash, `readelf`, and the users and groups `bin`, `mail`, `lp`, `adm`. What a case fetches from the
web comes from a server of this program. Results of the references are kept in `--golden DIR`.
"""
import argparse, hashlib, http.server, json, os, re, shutil, subprocess, tarfile, tempfile, threading

ap = argparse.ArgumentParser()
ap.add_argument('--cases', required=True); ap.add_argument('--contexts', required=True)
ap.add_argument('--cooper'); ap.add_argument('--store', default='')
ap.add_argument('--docker'); ap.add_argument('--docker-base'); ap.add_argument('--base')
ap.add_argument('--buildah'); ap.add_argument('--buildah-base')
ap.add_argument('--golden', required=True); ap.add_argument('--only', default='')
ap.add_argument('--times', action='store_true', help='compare modification times of files too')
ap.add_argument('--work', default=None, help='directory for contexts, visible to the reference builder')
ap.add_argument('--port', type=int, default=0, help='port of the web server')
ap.add_argument('-v', action='store_true')
args = ap.parse_args()
os.makedirs(args.golden, exist_ok=True)
NAMES = ['busybox', 'alpine', 'mirror.gcr.io/busybox', 'mirror.gcr.io/alpine', 'quay.io/libpod/centos:7', 'centos:7', 'busybox:musl',
         'registry.fedoraproject.org/fedora:latest', 'quay.io/fedora/python-311:latest', 'mirror.gcr.io/busybox:latest', 'docker.io/library/busybox']
# What the programs of the original table put into a context, as far as it is a file that can be described.
# Names with digests in one case, and the images beside the base that serve them.
PINNED = {'quay.io/libpod/busybox@sha256:32968e717e29f79e5b889721908b3be6d1573992e1f3ba4c9a41718e2728458c': 'amd64',
          'quay.io/libpod/busybox@sha256:1faaf7a75319417261267b3dcef6a2b14c8c5122d7fcc7abeb07a32bc19728fd': 'arm64'}
RECENT = 1_750_000_000
IGNORES = {68: '.\n!file-a\n!sub1/sub3\n', 70: '.\n!./file-a\n', 92: '*\n!sub1\n', 94: 'sub1\n', 96: '*\n!file-b\n', 98: 's*\n!sub2\n', 100: '**/sub*\n!file-a\n',
           102: '**/sub2\n', 104: 'sub1/sub2\n', 106: 'sub1/*/sub4\n', 108: '**/sub1/sub2\n'}


def sh(cmd, **kw):
    return subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kw)


def prepare(case, work):
    """Lays out the context of a case; path of its Dockerfile."""
    ctx = os.path.join(work, 'ctx')
    src = os.path.join(args.contexts, case['contextDir']) if case.get('contextDir') else None
    if src:
        shutil.copytree(src, ctx, symlinks=True)
    else:
        os.makedirs(ctx)
        # The cases that name a Dockerfile alone use the folder of all contexts.
        if case.get('dockerfile') and not case.get('dockerfileContents'):
            shutil.rmtree(ctx); shutil.copytree(args.contexts, ctx, symlinks=True)
    tweak(case, ctx)
    if 'dockerfileContents' in case:
        text = case['dockerfileContents']; path = os.path.join(work, 'Dockerfile.case')
    else:
        name = case.get('dockerfile') or 'Dockerfile'
        found = [p for p in (os.path.join(ctx, name), os.path.join(args.contexts, name), os.path.join(ctx, os.path.basename(name))) if os.path.isfile(p)]
        if not found:
            return ctx, None
        text = open(found[0]).read(); path = os.path.join(work, 'Dockerfile.case')
    text = re.sub(r'(?m)^# *syntax *=.*\n?', '', text)
    text = re.sub(r'https://[a-z.]+/', lambda m: f'http://127.0.0.1:{WEB}/', text)
    open(path, 'w').write(text)
    return ctx, path


def tweak(case, ctx):
    i = case['index']
    if i in IGNORES:
        open(os.path.join(ctx, '.dockerignore'), 'w').write(IGNORES[i])
    elif i == 40:
        os.makedirs(ctx + '/subdir/subdir'); open(ctx + '/subdir/f', 'w').write('x'); os.chmod(ctx + '/subdir', 0o750); os.chmod(ctx + '/subdir/f', 0o640)
    elif i == 44:
        open(ctx + '/xattrs-file', 'w').write('x')
        try: os.setxattr(ctx + '/xattrs-file', 'user.a', b'attribute')
        except OSError: pass
    elif i in (178, 180):
        # A program that does nothing; busybox does as it is called.
        shutil.copy(shutil.which('busybox'), ctx + '/true'); os.utime(ctx + '/true', (0, 0))
    elif i in (38, 46):
        os.makedirs(ctx + '/archive', exist_ok=True)
        for name, mode in (('setuid-file', 0o4711), ('setgid-file', 0o2755), ('sticky-file', 0o1755), ('plain', 0o640)):
            open(f'{ctx}/archive/{name}', 'w').write(name); os.chmod(f'{ctx}/archive/{name}', mode)
        with tarfile.open(ctx + '/archive.tar', 'w') as t:
            for n in sorted(os.listdir(ctx + '/archive')):
                t.add(f'{ctx}/archive/{n}', arcname=n)


def listing(path):
    """Headers and digests of a tar archive by name; hard links by what they link to."""
    out = {}
    with tarfile.open(path) as t:
        for m in t:
            name = m.name.strip('/')
            if name in ('', '.'): continue
            if name.startswith('./'): name = name[2:]
            kind = {tarfile.REGTYPE: 'file', tarfile.AREGTYPE: 'file', tarfile.DIRTYPE: 'dir', tarfile.SYMTYPE: 'link', tarfile.LNKTYPE: 'hard'}.get(m.type, str(m.type))
            row = dict(kind=kind, mode=m.mode & 0o7777, uid=m.uid, gid=m.gid)
            if kind == 'file': row['digest'] = hashlib.sha256(t.extractfile(m).read()).hexdigest(); row['size'] = m.size; row['mtime'] = int(m.mtime)
            if kind in ('link', 'hard'): row['to'] = m.linkname.lstrip('/') if kind == 'hard' else m.linkname
            if kind == 'link': row['mode'] = 0o777
            x = {k: v for k, v in m.pax_headers.items() if k.startswith('SCHILY.xattr')}
            if x: row['xattrs'] = x
            out[name] = row
    return out


def config_of(doc):
    """The parts of a configuration that say how a container runs."""
    c = doc.get('config') or doc.get('Config') or {}
    keys = ['User', 'ExposedPorts', 'Env', 'Entrypoint', 'Cmd', 'Volumes', 'WorkingDir', 'Labels', 'StopSignal', 'Healthcheck', 'OnBuild', 'Shell']
    return {k: c[k] for k in keys if c.get(k) not in (None, {}, [], '')}


def arguments(case, base):
    """Options of a build that all builders have."""
    words = []
    for k, v in (case.get('buildArgs') or {}).items(): words += ['--build-arg', f'{k}={v}']
    for name, arch in PINNED.items():
        words += ['--build-context', f'{name}=docker-image://{base.rsplit("/", 1)[0]}/{arch}'] * (case['name'] == 'header-builtin')
    return words


def docker(case, df, ctx, work):
    d, tag, out = args.docker.split(), f"conf/{case['index']}", work + '/out.tar'
    words = ['build', '-q', '--network', 'none', '-f', df] + arguments(case, args.base)
    r = sh(d + words + ['-t', tag, ctx], cwd=work)
    if r.returncode: return r
    r = sh(d + words + ['-o', f'type=tar,dest={out}', ctx], cwd=work)
    return r if r.returncode else json.loads(subprocess.check_output(d + ['image', 'inspect', tag]))[0]


def buildah(case, df, ctx, work):
    b, tag, out = args.buildah.split(), f"conf-{case['index']}", work + '/out.tar'
    words = ['build', '--pull=never', '--isolation', 'chroot', '--ulimit', 'nproc=9999:9999', '--format', 'docker', '--identity-label=false', '-f', df]
    words += [w for v in case.get('mounts', []) for w in ('-v', v)] + arguments(case, args.base)
    r = sh(b + words + ['--no-cache', '-o', f'type=tar,dest={out}', ctx], cwd=work)
    if r.returncode: return r
    r = sh(b + words + ['-t', tag, ctx], cwd=work)
    return r if r.returncode else json.loads(subprocess.check_output(b + ['inspect', '--type', 'image', tag]))['Docker']


def cooper(case, df, ctx, work):
    c, tag, out = [args.cooper, '--store', args.store], f"conf/{case['index']}:latest", work + '/out.tar'
    r = sh(c + ['build', '--progress', 'plain', '--network', 'none', '--no-reproducible', '-f', df, '-t', tag, '-o', f'type=tar,dest={out}'] + arguments(case, args.base) + [ctx], cwd=work)
    return r if r.returncode else json.loads(subprocess.check_output(c + ['inspect', '--config', tag]))


def built(by, case):
    """What a builder makes of a case."""
    work = tempfile.mkdtemp(dir=args.work)
    try:
        ctx, df = prepare(case, work)
        done = by(case, df, ctx, work)
        if isinstance(done, dict): return dict(files=listing(work + '/out.tar'), config=config_of(done))
        return dict(fails=done.stdout.decode(errors='replace')[-2000:])
    finally: shutil.rmtree(work)


def golden(by, case):
    """The same, from an earlier run where there was one."""
    path = os.path.join(args.golden, f"{case['index']}.{by.__name__}.json")
    if not os.path.exists(path):
        result = built(by, case)
        json.dump(result, open(path, 'w'), indent=1)
    return json.load(open(path))


def compare(case, a, b):
    """Differences between the reference (a) and cooper (b)."""
    if 'fails' in a or 'fails' in b:
        if ('fails' in a) == ('fails' in b): return []
        return [f"reference {'fails: ' + a['fails'][-300:] if 'fails' in a else 'builds'}, cooper {'fails: ' + b['fails'][-600:] if 'fails' in b else 'builds'}"]
    diff = []
    # `(dir):a:(dir):b:mtime`: the suite does not compare the time of this one.
    untimed = {re.sub(r'\(dir\):', '', k).removesuffix(':mtime').replace(':', '/') for k in case.get('fsSkip', [])}
    for n in sorted(set(a['files']) | set(b['files'])):
        x, y = a['files'].get(n), b['files'].get(n)
        if x is None or y is None: diff.append(f"/{n}: only in {'cooper' if x is None else 'the reference'}"); continue
        for k in sorted(set(x) | set(y)):
            # Files of steps are made now, by each builder.
            if k == 'mtime' and (not args.times or n in untimed or min(x.get(k, 0), y.get(k, 0)) > RECENT): continue
            if x.get(k) != y.get(k): diff.append(f'/{n}: {k} {x.get(k)} != {y.get(k)}')
    for k in sorted(set(a['config']) | set(b['config'])):
        x, y = a['config'].get(k), b['config'].get(k)
        if x != y: diff.append(f'config {k}: {x} != {y}')
    return diff


def verdict(case):
    """How a case went, and what differs."""
    wanted = 'shouldFailAt' in case
    ours = built(cooper, case) if args.cooper else None
    first = golden(docker, case) if args.docker else {'fails': 'not run'}
    if not args.cooper: return 'fails' if 'fails' in first else 'builds', [first.get('fails', '')]
    diff = compare(case, first, ours)
    if not diff and ('files' in first or wanted): return 'the same as with docker', []
    if not args.buildah: return ('refused by docker, too' if not diff else 'DIFFERS'), diff or [first['fails'], ours['fails']]
    second = golden(buildah, case)
    other = compare(case, second, ours)
    if not other and ('files' in second or wanted): return 'the same as with buildah', []
    if not diff or not other: return 'refused by a reference, too', [first.get('fails', 'docker builds'), second.get('fails', 'buildah builds'), ours.get('fails', 'cooper builds')]
    return 'DIFFERS', diff + ['from buildah:'] + other


class Web(http.server.BaseHTTPRequestHandler):
    """A web server that has a file at every path."""
    def do_GET(self):
        body = f'the file {self.path}\n'.encode()
        self.send_response(200); self.send_header('Content-Length', str(len(body))); self.send_header('Last-Modified', 'Tue, 01 Jan 2019 00:00:00 GMT'); self.end_headers()
        if self.command == 'GET': self.wfile.write(body)
    do_HEAD = do_GET
    def log_message(self, *_): pass


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0 if not args.port else args.port), Web)
threading.Thread(target=server.serve_forever, daemon=True).start()
WEB = server.server_address[1]
cases = json.load(open(args.cases))
if args.only: cases = [c for c in cases if str(c['index']) in args.only.split(',')]
for n in NAMES:
    if args.docker and args.docker_base: sh(args.docker.split() + ['tag', args.docker_base, n])
    if args.buildah and args.buildah_base: sh(args.buildah.split() + ['tag', args.buildah_base, n if '/' in n else 'docker.io/library/' + n])
    if args.cooper and args.base: sh([args.cooper, '--store', args.store, 'tag', args.base, n])
counts = {}
for case in cases:
    result, notes = verdict(case)
    counts[result] = counts.get(result, 0) + 1
    print(f"{case['index']} {case['name']}: {result}")
    for note in notes[:40 if args.v else 4]: print('    ' + note.strip()[-600:].replace('\n', '\n    '))
print(f'{len(cases)} cases:', ', '.join(f'{n} {what}' for what, n in sorted(counts.items())))
