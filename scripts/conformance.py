#!/usr/bin/env python3
"""Compares cooper with a reference builder on a table of cases.

conformance.py --cases cases.json --contexts DIR --cooper PATH --docker 'COMMAND' [--base OCI-LAYOUT] [--only 1,2] [--times]

Each case is built by both; the file systems (`--output type=tar`: headers and content) and the configurations
are compared. `--docker` is the command of a docker client with BuildKit, for example `docker`. Every image name in
a FROM or --from is served by one base image, which the reference must have under these names already (`--tag-bases`
does that from the image named by `--docker-base`). Results of the reference are kept in `--golden DIR`.
"""
import argparse, hashlib, json, os, re, shutil, subprocess, sys, tarfile, tempfile

ap = argparse.ArgumentParser()
ap.add_argument('--cases', required=True); ap.add_argument('--contexts', required=True)
ap.add_argument('--cooper'); ap.add_argument('--store', default='')
ap.add_argument('--docker'); ap.add_argument('--docker-base'); ap.add_argument('--base')
ap.add_argument('--golden', required=True); ap.add_argument('--only', default='')
ap.add_argument('--times', action='store_true', help='compare modification times of files too')
ap.add_argument('--work', default=None, help='directory for contexts, visible to the reference builder')
ap.add_argument('-v', action='store_true')
args = ap.parse_args()
os.makedirs(args.golden, exist_ok=True)
NAMES = ['busybox', 'alpine', 'mirror.gcr.io/busybox', 'mirror.gcr.io/alpine', 'quay.io/libpod/centos:7', 'centos:7', 'busybox:musl',
         'registry.fedoraproject.org/fedora:latest', 'mirror.gcr.io/busybox:latest', 'docker.io/library/busybox']
# What the programs of the original table put into a context, as far as it is a file that can be described.
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
    if case.get('tweakContextDir'):
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


def reference(case):
    path = os.path.join(args.golden, f"{case['index']}.json")
    if os.path.exists(path): return json.load(open(path))
    work = tempfile.mkdtemp(dir=args.work)
    try:
        ctx, df = prepare(case, work)
        if df is None: result = dict(skip='no Dockerfile')
        else:
            ba = sum((['--build-arg', f'{k}={v}'] for k, v in (case.get('buildArgs') or {}).items()), [])
            d = args.docker.split()
            tag = f"conf/{case['index']}"
            r = sh(d + ['build', '-q', '--network', 'none', '-f', df, '-t', tag] + ba + [ctx], cwd=work)
            if r.returncode: result = dict(fails=r.stdout.decode(errors='replace')[-2000:])
            else:
                out = os.path.join(work, 'out.tar')
                r = sh(d + ['build', '-q', '--network', 'none', '-f', df, '-o', f'type=tar,dest={out}'] + ba + [ctx], cwd=work)
                if r.returncode: raise SystemExit(r.stdout.decode())
                conf = json.loads(subprocess.check_output(d + ['image', 'inspect', tag]))[0]
                result = dict(files=listing(out), config=config_of(conf))
    finally: shutil.rmtree(work)
    json.dump(result, open(path, 'w'), indent=1)
    return result


def ours(case):
    work = tempfile.mkdtemp(dir=args.work)
    try:
        ctx, df = prepare(case, work)
        ba = sum((['--build-arg', f'{k}={v}'] for k, v in (case.get('buildArgs') or {}).items()), [])
        out = os.path.join(work, 'out.tar'); tag = f"conf/{case['index']}:latest"
        cmd = [args.cooper, '--store', args.store, 'build', '--progress', 'plain', '--network', 'none', '--no-reproducible', '-f', df, '-t', tag, '-o', f'type=tar,dest={out}'] + ba + [ctx]
        r = sh(cmd, cwd=work)
        if r.returncode: return dict(fails=r.stdout.decode(errors='replace')[-2000:])
        conf = json.loads(subprocess.check_output([args.cooper, '--store', args.store, 'inspect', '--config', tag]))
        return dict(files=listing(out), config=config_of(conf))
    finally: shutil.rmtree(work)


def compare(case, a, b):
    """Differences between the reference (a) and cooper (b)."""
    if 'fails' in a or 'fails' in b:
        if ('fails' in a) == ('fails' in b): return []
        return [f"reference {'fails: ' + a['fails'][-300:] if 'fails' in a else 'builds'}, cooper {'fails: ' + b['fails'][-600:] if 'fails' in b else 'builds'}"]
    diff = []
    for n in sorted(set(a['files']) | set(b['files'])):
        x, y = a['files'].get(n), b['files'].get(n)
        if x is None or y is None: diff.append(f"/{n}: only in {'cooper' if x is None else 'the reference'}"); continue
        for k in sorted(set(x) | set(y)):
            if k == 'mtime' and not args.times: continue
            if x.get(k) != y.get(k): diff.append(f'/{n}: {k} {x.get(k)} != {y.get(k)}')
    for k in sorted(set(a['config']) | set(b['config'])):
        x, y = a['config'].get(k), b['config'].get(k)
        if x != y: diff.append(f'config {k}: {x} != {y}')
    return diff


cases = json.load(open(args.cases))
if args.only: cases = [c for c in cases if str(c['index']) in args.only.split(',')]
if args.docker and args.docker_base:
    for n in NAMES: sh(args.docker.split() + ['tag', args.docker_base, n])
if args.cooper and args.base:
    for n in NAMES: r = sh([args.cooper, '--store', args.store, 'tag', args.base, n])
good, bad = 0, []
for case in cases:
    if case.get('transientMounts'): print(case['index'], case['name'], 'NOT RUN: needs mounts of the host given on the command line'); continue
    ref = reference(case)
    if 'skip' in ref: print(case['index'], case['name'], 'NOT RUN:', ref['skip']); continue
    if not args.cooper: print(case['index'], case['name'], 'fails' if 'fails' in ref else 'ok'); continue
    diff = compare(case, ref, ours(case))
    if diff: bad.append(case['index']); print(f"{case['index']} {case['name']}: DIFFERS"); [print('    ' + d) for d in diff[:12 if args.v else 4]]
    else: good += 1; print(f"{case['index']} {case['name']}: same")
print(f'{good} same, {len(bad)} differ of {len(cases)}: {bad}')
