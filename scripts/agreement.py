#!/usr/bin/env python3
"""Fills in, or compares, the results of a table of small builds (crates/cli/tests/e2e/agreement/*.cases).

agreement.py FILE… --docker 'COMMAND' --work DIR [--write] [--only TEXT]     what a docker client with BuildKit gives
agreement.py FILE… --cooper PATH --base LAYOUT [--only TEXT]                   what cooper gives

Without `--write` the difference from what the files say is printed. The image `busybox` must be there for the builder.
The format of the tables is described in crates/cli/tests/e2e/agreement/mod.rs, whose test reads the same files.
"""
import argparse, hashlib, io, json, os, re, shutil, subprocess, sys, tarfile, tempfile

CONTEXT_TIME, ARCHIVE_TIME = 1000000000, 1100000000
KEYS = ['User', 'ExposedPorts', 'Env', 'Entrypoint', 'Cmd', 'Volumes', 'WorkingDir', 'Labels', 'StopSignal',
        'Healthcheck', 'OnBuild', 'Shell', 'Author']


def read(path):
    """The cases of a file: name, lines by section."""
    cases = []
    for line in open(path).read().split('\n'):
        if line.startswith('=== '):
            cases.append(dict(name=line[4:], context=[])); section = 'context'
        elif line.startswith('--- '):
            section = line[4:]; cases[-1][section] = []
        elif cases:
            cases[-1][section].append(line)
    for case in cases:
        for section in case:
            if section != 'name':
                while case[section] and not case[section][-1].strip(): case[section].pop()
    return cases


def text(words):
    return words.replace('\\n', '\n')


def make(lines, root):
    """Lays out a context."""
    archive, modes, packed = None, [], {}
    for line in [l for l in lines if l.strip() and not l.startswith('#')]:
        if line.startswith('  '):
            kind, rest = line.strip().split(' ', 1)
            info = tarfile.TarInfo(); info.mtime = ARCHIVE_TIME; data = b''
            if kind in 'df':
                mode, owner, rest = rest.split(' ', 2)
                info.mode = int(mode, 8); info.uid, info.gid = map(int, owner.split(':'))
                info.name, _, body = rest.partition(' ')
                info.type = tarfile.DIRTYPE if kind == 'd' else tarfile.REGTYPE
                if kind == 'f': data = text(body or info.name).encode(); info.size = len(data)
            else:
                info.name, info.linkname = re.split(' -> | = ', rest)
                info.type = tarfile.SYMTYPE if kind == 'l' else tarfile.LNKTYPE
                info.mode = packed.get(info.linkname, 0o777)
            packed[info.name] = info.mode; archive.addfile(info, io.BytesIO(data))
            continue
        if archive: archive.close(); archive = None
        kind, rest = line.split(' ', 1)
        if kind in 'dfp':
            mode, rest = rest.split(' ', 1); name, _, body = rest.partition(' '); path = os.path.join(root, name)
            os.makedirs(path if kind == 'd' else os.path.dirname(path), exist_ok=True)
            if kind == 'f': open(path, 'w').write(text(body or name))
            if kind == 'p': os.mkfifo(path)
            modes.append((path, int(mode, 8)))
        elif kind == 'l':
            name, to = rest.split(' -> '); os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
            os.symlink(to, os.path.join(root, name))
        elif kind == 'h':
            name, to = rest.split(' = '); os.link(os.path.join(root, to), os.path.join(root, name))
        elif kind == 'x':
            name, pair = rest.split(' '); key, value = pair.split('=')
            os.setxattr(os.path.join(root, name), key, value.encode())
        elif kind == 't':
            os.makedirs(os.path.dirname(os.path.join(root, rest)), exist_ok=True)
            archive = tarfile.open(os.path.join(root, rest), 'w', format=tarfile.PAX_FORMAT)
        else: raise SystemExit(f'what is {line!r}?')
    if archive: archive.close()
    for path, mode in modes: os.chmod(path, mode)
    for folder, dirs, files in os.walk(root, topdown=False):
        for name in files + dirs: os.utime(os.path.join(folder, name), (CONTEXT_TIME,) * 2, follow_symlinks=False)


def listing(path):
    """One line for each entry of an archive."""
    out = {}
    with tarfile.open(path) as tar:
        for m in tar:
            name = m.name.strip('/')
            if name in ('', '.'): continue
            if name.startswith('./'): name = name[2:]
            kind = {tarfile.DIRTYPE: 'd', tarfile.SYMTYPE: 'l', tarfile.LNKTYPE: 'h', tarfile.FIFOTYPE: 'p'}.get(m.type, 'f' if m.isreg() else '?')
            when = {CONTEXT_TIME: ' @context', ARCHIVE_TIME: ' @archive'}.get(int(m.mtime), '')
            mode = 0o777 if kind == 'l' else m.mode & 0o7777
            row = f'{kind} {mode:o} {m.uid}:{m.gid} {name}'
            if kind == 'f':
                data = tar.extractfile(m).read()
                row += ' ' + (json.dumps(data.decode()) if len(data) < 200 else hashlib.sha256(data).hexdigest()[:16])
            if kind == 'l': row += ' -> ' + m.linkname
            if kind == 'h': row = f'h {name} = ' + m.linkname.lstrip('/').removeprefix('./'); when = ''
            for key, value in sorted(m.pax_headers.items()):
                if key.startswith('SCHILY.xattr.user.'): row += f' {key[13:]}={value}'
            out[name] = row + when
    return [out[name] for name in sorted(out)]


def config(doc):
    c = doc.get('config') or doc.get('Config') or {}
    c['Author'] = doc.get('author') or doc.get('Author')
    return [f'{k} {json.dumps(c[k], sort_keys=True)}' for k in KEYS if c.get(k) not in (None, {}, [], '')]


def run(case, args):
    """The sections that a build gives."""
    work = tempfile.mkdtemp(dir=args.work)
    try:
        context, dockerfile, out = work + '/context', work + '/Dockerfile', work + '/out.tar'
        os.mkdir(context); make(case['context'], context)
        open(dockerfile, 'w').write('\n'.join(case['Dockerfile']) + '\n')
        more = ' '.join(case.get('args', [])).split()
        want = 'config' in case
        if args.docker:
            client = args.docker.split()
            # What is left of an earlier context would be taken up, with directories of another time.
            subprocess.run(client + ['builder', 'prune', '-af', '--filter', 'type=source.local'], stdout=subprocess.DEVNULL, cwd=work)
            base = client + ['build', '--progress', 'plain', '--no-cache', '--network', 'none', '-f', dockerfile] + more
            first = base + ['-o', f'type=tar,dest={out}', context]
        else:
            # A store of its own, as the layer of another case may differ in times alone.
            client = [args.cooper, '--store', work + '/store']
            base = client + ['build', '--progress', 'plain', '--network', 'none', '--no-reproducible', '--build-context', f'busybox=oci-layout://{args.base}', '-f', dockerfile] + more
            first = base + ['-t', 'agreement'] * want + ['-o', f'type=tar,dest={out}', context]
        done = subprocess.run(first, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=work)
        case['log'] = done.stdout.decode(errors='replace')
        if done.returncode: return {'refused': []}
        result = {'files': listing(out)}
        if want and args.docker:
            subprocess.run([x for x in base if x != '--no-cache'] + ['-t', 'agreement', context], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, cwd=work)
            doc = json.loads(subprocess.check_output(client + ['image', 'inspect', 'agreement'], cwd=work))[0]
            result['config'] = config(doc)
        elif want:
            result['config'] = config(json.loads(subprocess.check_output(client + ['inspect', '--config', 'agreement'], cwd=work)))
        return result
    finally: shutil.rmtree(work)


def shown(case):
    lines = ['=== ' + case['name']] + case['context']
    for section in ('args', 'Dockerfile', 'refused', 'files', 'config'):
        if section in case: lines += ['--- ' + section] + case[section]
    return '\n'.join(lines) + '\n'


parser = argparse.ArgumentParser()
parser.add_argument('file', nargs='+'); parser.add_argument('--docker'); parser.add_argument('--cooper')
parser.add_argument('--base', help='OCI layout of busybox'); parser.add_argument('--work'); parser.add_argument('--write', action='store_true')
parser.add_argument('--only', default=''); parser.add_argument('--new', action='store_true', help='with --write: only cases without a result'); parser.add_argument('-v', action='store_true')
args = parser.parse_args()
bad = total = 0
for path in args.file:
    head = open(path).read().split('=== ', 1)[0]; cases = read(path)
    for case in cases:
        if args.only not in case['name'] or (args.new and ('files' in case or 'refused' in case)): continue
        result = run(case, args); log = case.pop('log'); total += 1
        if args.write:
            for section in ('refused', 'files', 'config'): case.pop(section, None)
            case.update(result)
            if 'refused' in result: print('refused:', case['name'], '\n   ', log.strip().split('\n')[-1][:300])
            continue
        for section in ('refused', 'files', 'config'):
            want, have = case.get(section), result.get(section)
            if want == have or (section == 'refused' and want is not None and have is not None): continue
            bad += 1; print(f'{case["name"]}: {section}')
            for line in sorted(set(want or []) - set(have or [])): print('   expected', line)
            for line in sorted(set(have or []) - set(want or [])): print('   found   ', line)
            if (want is None) != (have is None): print('   expected', 'none' if want is None else 'some')
            if section == 'refused' or args.v: print('   ' + log.strip()[-400:].replace('\n', '\n   '))
    if args.write: open(path, 'w').write(head + '\n'.join(shown(case) for case in cases))
print(f'{total} cases, {bad} differences')
