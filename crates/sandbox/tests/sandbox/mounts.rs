//! What can be mounted into a step, and that nothing of it stays.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, SystemTime};

use cooper_sandbox::{ErrorKind, Mount, MountKind, Spec};
use kit::Redacted;

use crate::Case;
use crate::lab::{Lab, run, tree, try_run};

pub(crate) const CASES: &[Case] = &[
    ("directories_and_files_of_the_host", bind),
    ("trees_of_layers", layers),
    ("memory", memory),
    ("secrets", secrets),
    ("sockets", sockets),
    ("devices", devices),
    ("outer_mounts_come_first", nesting),
    ("mount_points_are_removed_and_times_restored", cleanup),
    ("filled_or_changed_mount_points_stay", kept),
    ("links_cannot_lead_out_of_the_root", links),
    ("hosts_and_resolver_are_shown", etc),
    ("a_missing_source_is_named", missing),
    ("the_root_can_be_read_only", readonly_root),
];

/// A directory without changes.
const NOTHING: [String; 0] = [];

fn mount(target: &str, kind: MountKind, readonly: bool) -> Mount {
    Mount { target: target.to_owned(), kind, readonly }
}

fn host(path: &Path) -> MountKind {
    MountKind::Bind { source: path.to_owned() }
}

fn with(lab: &Lab, text: &str, mounts: Vec<Mount>) -> Spec {
    let mut spec = lab.script(text);
    spec.mounts = mounts;
    spec
}

/// A device is open to a step only when it is lent as one.
fn devices(lab: &Lab) {
    let zero = || Path::new("/dev/zero").to_owned();
    let text = "head -c 4 /dev/lent | wc -c; (head -c 4 /shown > /copy) 2>/dev/null || echo refused";
    let mounts = vec![
        mount("/dev/lent", MountKind::Device { source: zero() }, false),
        mount("/shown", host(&zero()), false),
    ];
    let ran = run(&with(lab, text, mounts));
    assert_eq!(ran.out, "4\nrefused\n", "{}", ran.err);
}

fn bind(lab: &Lab) {
    let source = lab.fresh();
    fs::write(source.join("file"), "content\n").unwrap();
    let text = "cat /src/file /one; echo new > /src/new; (echo no > /ro/file) 2>/dev/null || echo read-only";
    let mounts = vec![
        mount("/src", host(&source), false),
        mount("/ro", host(&source), true),
        mount("/one", host(&source.join("file")), true),
    ];
    let ran = run(&with(lab, text, mounts));
    assert_eq!(ran.out, "content\ncontent\nread-only\n", "{}", ran.err);
    assert_eq!(fs::read_to_string(source.join("new")).unwrap(), "new\n");
    assert_eq!(tree(&ran.upper), NOTHING);
}

fn layers(lab: &Lab) {
    let (low, high) = (lab.fresh(), lab.fresh());
    fs::create_dir_all(low.join("sub/deep")).unwrap();
    fs::write(low.join("sub/deep/file"), "low\n").unwrap();
    fs::create_dir_all(high.join("sub")).unwrap();
    fs::write(high.join("sub/other"), "high\n").unwrap();
    symlink("/sub", high.join("link")).unwrap();
    let tree_of = |lowers: &[&Path], subpath: &str| MountKind::Overlay {
        lowers: lowers.iter().map(|path| path.to_path_buf()).collect(),
        upper: None,
        work: None,
        subpath: subpath.to_owned(),
    };
    let both: [&Path; 2] = [&low, &high];
    let mounts = vec![
        mount("/all", tree_of(&both, ""), true),
        mount("/part", tree_of(&both, "link/deep"), true),
        mount("/file", tree_of(&both, "/sub/other"), true),
        mount("/single", tree_of(&[&low], "sub/deep"), true),
        mount("/write", tree_of(&[&low], ""), false),
    ];
    let text = "cat /all/sub/other /part/file /file /single/file
                echo x > /write/sub/new && cat /write/sub/new /write/sub/deep/file
                (echo x > /all/new) 2>/dev/null || echo read-only; (echo x > /single/new) 2>/dev/null || echo read-only";
    let ran = run(&with(lab, text, mounts));
    assert_eq!(ran.out, "high\nlow\nhigh\nlow\nx\nlow\nread-only\nread-only\n", "{}", ran.err);
    assert_eq!(tree(&low), ["sub", "sub/deep", "sub/deep/file"]);
    let (upper, work) = (lab.fresh(), lab.fresh());
    let kind = MountKind::Overlay {
        lowers: vec![low],
        upper: Some(upper.clone()),
        work: Some(work),
        subpath: "sub".into(),
    };
    assert_eq!(run(&with(lab, "echo y > /kept/made", vec![mount("/kept", kind, false)])).exit.code, 0);
    assert_eq!(tree(&upper), ["sub", "sub/made"]);
}

fn memory(lab: &Lab) {
    let text = "stat -c %a /mem; df -k /mem | tail -1 | awk '{print $2}'; echo x > /mem/file && echo ok
                dd if=/dev/zero of=/mem/big bs=1k count=2000 2>/dev/null || echo full";
    let ran = run(&with(
        lab,
        text,
        vec![mount("/mem", MountKind::Tmpfs { size: Some(1 << 20), mode: 0o1777 }, false)],
    ));
    assert_eq!(ran.out, "1777\n1024\nok\nfull\n", "{}", ran.err);
}

fn secrets(lab: &Lab) {
    let ids = if lab.has_ids() { (7, 8) } else { (0, 0) };
    let secret = |data: &[u8]| MountKind::Secret {
        data: Redacted::new(data.to_vec()),
        mode: 0o440,
        uid: ids.0,
        gid: ids.1,
    };
    // Larger than a socket takes at once.
    let large = vec![b'x'; 1 << 20];
    let mounts =
        vec![mount("/run/secrets/small", secret(b"s3cret\n"), false), mount("/large", secret(&large), true)];
    let text = "cat /run/secrets/small; stat -c '%a %u %g' /run/secrets/small; wc -c < /large
                (echo x > /large) 2>/dev/null || echo read-only; grep -c s3cret /proc/1/environ /proc/mounts";
    let ran = run(&with(lab, text, mounts));
    let owner = format!("440 {} {}", ids.0, ids.1);
    let expect = format!("s3cret\n{owner}\n1048576\nread-only\n/proc/1/environ:0\n/proc/mounts:0\n");
    assert_eq!(ran.out, expect, "{}", ran.err);
    assert_eq!(tree(&ran.upper), NOTHING);
}

fn sockets(lab: &Lab) {
    let path = lab.fresh().join("agent");
    let _listener = UnixListener::bind(&path).unwrap();
    let kind = MountKind::Socket { source: path };
    let ran =
        run(&with(lab, "test -S /run/agent.1 && echo socket", vec![mount("/run/agent.1", kind, false)]));
    assert_eq!(ran.out, "socket\n");
}

fn nesting(lab: &Lab) {
    let inner = lab.fresh();
    fs::write(inner.join("file"), "inner\n").unwrap();
    let mounts = vec![
        mount("/a/b/c", host(&inner), true),
        mount("/a", MountKind::Tmpfs { size: None, mode: 0o755 }, false),
        mount("/dev/pipes/script", host(&inner.join("file")), true),
    ];
    let ran = run(&with(lab, "cat /a/b/c/file /dev/pipes/script; touch /a/x && echo ok", mounts));
    assert_eq!(ran.out, "inner\ninner\nok\n", "{}", ran.err);
    assert_eq!(ran.exit.created_mountpoints, ["/a", "/etc/hosts"]);
    assert_eq!(tree(&ran.upper), NOTHING);
}

fn old(path: &Path) -> SystemTime {
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789);
    fs::File::open(path).unwrap().set_modified(time).unwrap();
    time
}

fn modified(path: &Path) -> SystemTime {
    path.metadata().unwrap().modified().unwrap()
}

fn cleanup(lab: &Lab) {
    let layer = lab.fresh();
    fs::create_dir_all(layer.join("srv/app")).unwrap();
    let time = old(&layer.join("srv/app"));
    let mounts = vec![
        mount("/srv/app/cache/deep", MountKind::Tmpfs { size: None, mode: 0o755 }, false),
        mount("/srv/app/file", host(&lab.base().join("etc/passwd")), true),
    ];
    let mut spec = with(lab, "true", mounts);
    spec.rootfs = lab.rootfs(&[layer]);
    let upper = spec.rootfs.upper.clone();
    old(&upper);
    let ran = run(&spec);
    let expect = ["/srv/app/file", "/srv/app/cache/deep", "/srv/app/cache", "/etc/hosts"];
    let mut made = ran.exit.created_mountpoints.clone();
    made.sort_by_key(|path| expect.iter().position(|one| one == path));
    assert_eq!(made, expect);
    assert_eq!((tree(&upper), modified(&upper)), (NOTHING.to_vec(), time));
}

fn kept(lab: &Lab) {
    let layer = lab.fresh();
    fs::create_dir(layer.join("srv")).unwrap();
    let time = old(&layer.join("srv"));
    let mounts = vec![mount("/srv/a/b", MountKind::Tmpfs { size: None, mode: 0o755 }, false)];
    let mut spec = with(lab, "touch /srv/a/own /srv/new", mounts);
    spec.rootfs = lab.rootfs(std::slice::from_ref(&layer));
    let ran = run(&spec);
    assert_eq!(tree(&ran.upper), ["srv", "srv/a", "srv/a/own", "srv/new"]);
    assert!(modified(&ran.upper.join("srv")) > time);
    // A directory that the step changed, but where nothing of it is left, keeps its time.
    let mut spec = with(
        lab,
        "chmod 700 /srv",
        vec![mount("/srv/a", MountKind::Tmpfs { size: None, mode: 0o755 }, false)],
    );
    spec.rootfs = lab.rootfs(&[layer]);
    let ran = run(&spec);
    assert_eq!(tree(&ran.upper), ["srv"]);
    assert_eq!(
        (modified(&ran.upper.join("srv")), ran.upper.join("srv").metadata().unwrap().mode() & 0o777),
        (time, 0o700)
    );
}

fn links(lab: &Lab) {
    let outside = lab.fresh();
    let layer = lab.fresh();
    let up = "../".repeat(30);
    symlink(&outside, layer.join("absolute")).unwrap();
    symlink(format!("{up}{}", outside.display()), layer.join("relative")).unwrap();
    symlink("loop", layer.join("loop")).unwrap();
    let memory = || MountKind::Tmpfs { size: None, mode: 0o755 };
    let mounts = vec![mount("/absolute/x", memory(), false), mount("/relative/y", memory(), false)];
    let mut spec = with(lab, "touch /absolute/x/1 /relative/y/2 && echo ok", mounts);
    spec.rootfs = lab.rootfs(std::slice::from_ref(&layer));
    let ran = run(&spec);
    assert_eq!(ran.out, "ok\n", "{}", ran.err);
    assert_eq!(tree(&outside), NOTHING);
    assert_eq!(tree(&ran.upper), NOTHING);
    let mut spec = with(lab, "true", vec![mount("/loop/x", memory(), false)]);
    spec.rootfs = lab.rootfs(&[layer]);
    let error = try_run(&spec).map(|ran| ran.exit).expect_err("a loop");
    assert!(error.to_string().contains("/loop/x"), "{error}");
    let error = try_run(&with(lab, "true", vec![mount("/x/..", memory(), false)])).map(|ran| ran.exit);
    assert_eq!(error.expect_err("the root").kind(), ErrorKind::BadSpec);
}

fn etc(lab: &Lab) {
    let directory = lab.fresh();
    fs::write(directory.join("resolv"), "nameserver 192.0.2.1\n").unwrap();
    fs::write(directory.join("hosts"), "192.0.2.2\tgiven").unwrap();
    let mut spec =
        lab.script("cat /etc/resolv.conf /etc/hosts; (echo x >> /etc/hosts) 2>/dev/null || echo read-only");
    spec.etc.resolv_conf = Some(directory.join("resolv"));
    spec.etc.hosts = Some(directory.join("hosts"));
    assert_eq!(run(&spec).out, "nameserver 192.0.2.1\n192.0.2.2\tgivenread-only\n");
    spec.rootfs = lab.rootfs(&[]);
    spec.extra_hosts.push(("added".to_owned(), "192.0.2.3".to_owned()));
    let ran = run(&spec);
    assert_eq!(ran.out, "nameserver 192.0.2.1\n192.0.2.2\tgiven\n192.0.2.3\tadded\nread-only\n");
    assert_eq!(tree(&ran.upper), NOTHING);
    assert!(lab.output("cat /etc/hosts").starts_with("127.0.0.1\tlocalhost cooper\n"));
}

fn missing(lab: &Lab) {
    let check = |kind: MountKind, name: &str| {
        let error =
            try_run(&with(lab, "true", vec![mount("/x", kind, true)])).map(|ran| ran.exit).expect_err(name);
        assert_eq!(error.kind(), ErrorKind::MissingSource, "{error}");
        assert!(error.to_string().contains(name), "{error}");
    };
    check(host(Path::new("/no/such/thing")), "/no/such/thing");
    let overlay = |lowers, subpath: &str| MountKind::Overlay {
        lowers,
        upper: None,
        work: None,
        subpath: subpath.into(),
    };
    check(overlay(vec![lab.base()], "no/such"), "no/such");
    check(overlay(vec!["/no/layer".into()], ""), "/no/layer");
}

fn readonly_root(lab: &Lab) {
    let mounts = vec![mount("/made", MountKind::Tmpfs { size: None, mode: 0o755 }, false)];
    let mut spec =
        with(lab, "(echo x > /tmp/x) 2>/dev/null || echo read-only; touch /made/x && echo ok", mounts);
    spec.readonly_root = true;
    let ran = run(&spec);
    assert_eq!(ran.out, "read-only\nok\n");
    assert_eq!(ran.upper.metadata().unwrap().uid(), rustix::process::geteuid().as_raw());
    assert_eq!(tree(&ran.upper), NOTHING);
}
