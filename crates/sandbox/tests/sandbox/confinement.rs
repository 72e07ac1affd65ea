//! What a step can see and do.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use cooper_sandbox::{IdMap, Mount, MountKind, Network, Rootfs, Security, User};

use crate::Case;
use crate::lab::{Lab, run};
use crate::syscalls::EXPECTED;

pub(crate) const CASES: &[Case] = &[
    ("privileges_are_the_default_set", privileges),
    ("other_users_have_no_privileges", unprivileged),
    ("insecure_steps_keep_privileges", insecure),
    ("the_filter_denies_what_it_should", filter),
    ("proc_and_sys_are_masked", masks),
    ("devices_are_the_few_needed", devices),
    ("other_devices_are_out_of_reach", made_devices),
    ("set_user_id_programs_work", set_user_id),
    ("processes_of_the_host_are_out_of_sight", processes),
    ("the_host_is_out_of_sight", host_files),
    ("no_network_means_loopback_only", network),
    ("no_descriptors_leak", descriptors),
];

const STATUS: &str =
    "grep -E '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'";

fn privileges(lab: &Lab) {
    let expect = "CapInh:0000000000000000\nCapPrm:00000000a80425fb\nCapEff:00000000a80425fb\nCapBnd:00000000a80425fb\n\
                  CapAmb:0000000000000000\nNoNewPrivs:0\nSeccomp:2\n";
    assert_eq!(lab.output(STATUS), expect);
}

fn unprivileged(lab: &Lab) {
    if !lab.has_ids() {
        return;
    }
    let mut spec = lab.script(STATUS);
    spec.user = User { uid: 1000, gid: 1000, groups: Vec::new() };
    let out = run(&spec).out;
    assert!(
        out.contains("CapPrm:0000000000000000\nCapEff:0000000000000000\nCapBnd:00000000a80425fb\n"),
        "{out}"
    );
}

fn insecure(lab: &Lab) {
    let mut spec = lab.script(&format!("{STATUS}; mount -t tmpfs none /tmp && echo mounted"));
    spec.security = Security::Insecure;
    let out = run(&spec).out;
    assert!(out.ends_with("NoNewPrivs:0\nSeccomp:0\nmounted\n"), "{out}");
}

/// Runs this test's own program inside, which makes the calls and says what came of them.
fn filter(lab: &Lab) {
    let mut spec = lab.script("/probe --syscalls");
    let program = fs::read_link("/proc/self/exe").unwrap();
    let mut show = |target: &str, source: PathBuf| {
        if source.exists() {
            spec.mounts.push(Mount {
                target: target.to_owned(),
                kind: MountKind::Bind { source },
                readonly: true,
            });
        }
    };
    show("/probe", program);
    for library in ["/lib", "/lib64", "/usr/lib"] {
        show(library, library.into());
    }
    let ran = run(&spec);
    assert_eq!(ran.out, EXPECTED, "{}", ran.err);
}

fn masks(lab: &Lab) {
    let text = "for f in kcore keys timer_list sched_debug latency_stats; do
                    test ! -e /proc/$f || test \"$(wc -c < /proc/$f)\" = 0 || echo visible $f; done
                for d in /proc/scsi /proc/acpi /proc/asound /sys/firmware /sys/devices/virtual/powercap; do
                    test ! -e $d || test -z \"$(ls $d)\" || echo visible $d; done
                for f in /proc/sys/kernel/domainname /proc/sysrq-trigger /proc/irq/x /sys/x; do
                    (echo x > $f) 2>/dev/null && echo written $f; done
                cat /proc/sys/kernel/hostname; test -d /sys/class && test -e /proc/cpuinfo && echo there";
    assert_eq!(lab.output(text), "cooper\nthere\n");
}

fn devices(lab: &Lab) {
    let text = "ls /dev | tr '\\n' ' '; echo; echo x > /dev/null; head -c 4 /dev/zero | wc -c; head -c 4 /dev/urandom | wc -c
                (echo x > /dev/full) 2>/dev/null || echo full; stat -c %a /dev/null /dev/shm /dev/pts/ptmx
                df -k /dev/shm | tail -1 | awk '{print $2}'; echo via > /dev/stdout; readlink /dev/ptmx
                echo x > /dev/shm/x && echo ok; test -d /dev/mqueue && echo ok";
    let expect = "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero \n4\n4\nfull\n666\n1777\n666\n\
                  65536\nvia\npts/ptmx\nok\nok\n";
    assert_eq!(lab.output(text), expect);
    let mut spec = lab.script("df -k /dev/shm | tail -1 | awk '{print $2}'");
    spec.limits.shm_size = Some(1 << 20);
    assert_eq!(run(&spec).out, "1024\n");
}

/// Root may make any device node for an image, but open none of them, wherever it is made.
fn made_devices(lab: &Lab) {
    if !matches!(lab.map, IdMap::Root) {
        return;
    }
    let text =
        "for d in /tmp /dev /cache /tree; do mknod $d/x c 1 3 && ls -l $d/x | cut -c1; echo 1 > $d/x; done";
    let mut spec = lab.script(text);
    let source = lab.fresh();
    let (upper, work) = (Some(lab.fresh()), Some(lab.fresh()));
    let overlay = MountKind::Overlay { lowers: vec![lab.fresh()], upper, work, subpath: String::new() };
    for (target, kind) in [("/cache", MountKind::Bind { source }), ("/tree", overlay)] {
        spec.mounts.push(Mount { target: target.to_owned(), kind, readonly: false });
    }
    let ran = run(&spec);
    assert_eq!(ran.out, "c\n".repeat(4), "{}", ran.err);
    assert_eq!(ran.err.matches("Permission denied").count(), 4, "{}", ran.err);
    spec.security = Security::Insecure;
    let [upper, work] = [lab.fresh(), lab.fresh()];
    spec.rootfs = Rootfs { upper, work, ..spec.rootfs };
    spec.mounts.clear();
    spec.args[2] = "mknod /x c 1 3; echo 1 > /x; mknod /dev/x c 1 3; echo 1 > /dev/x".into();
    assert_eq!(run(&spec).err, "");
}

/// As `sudo` is: it gives what root has here, and no more.
fn set_user_id(lab: &Lab) {
    if !lab.has_ids() {
        return;
    }
    let layer = lab.fresh();
    let program = layer.join("status");
    fs::copy("/bin/cat", &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o4755)).unwrap();
    let mut spec = lab.script("/status /proc/self/status | grep -E '^(Uid|CapEff)' | tr -d '\\t'");
    spec.rootfs = lab.rootfs(&[layer]);
    spec.user = User { uid: 1000, gid: 1000, groups: Vec::new() };
    for library in ["/lib", "/lib64", "/usr/lib"].map(PathBuf::from).into_iter().filter(|path| path.exists())
    {
        let target = library.to_string_lossy().into_owned();
        spec.mounts.push(Mount { target, kind: MountKind::Bind { source: library }, readonly: true });
    }
    let ran = run(&spec);
    assert_eq!(ran.out, "Uid:1000000\nCapEff:00000000a80425fb\n", "{}", ran.err);
}

fn processes(lab: &Lab) {
    // Counted by the shell itself, which is the only process while it does so.
    assert_eq!(
        lab.output("set -- /proc/[0-9]*; echo $#; cat /proc/1/cmdline | tr '\\0' ' ' | cut -c1-10"),
        "1\n/bin/sh -c\n"
    );
}

fn host_files(lab: &Lab) {
    let out = lab.output("ls /; awk '{print $5}' /proc/self/mountinfo | grep -vE '^/(proc|dev|sys|etc)' ");
    assert_eq!(out, "bin\ndev\netc\nproc\nroot\nrun\nsys\ntmp\n/\n");
    let mounts = lab.output("cat /proc/mounts");
    assert!(!mounts.contains(&lab.path("").to_string_lossy().into_owned()), "{mounts}");
}

fn network(lab: &Lab) {
    let text =
        "awk -F: 'NR>2{print $1}' /proc/net/dev | tr -d ' '; ping -c 1 -W 2 127.0.0.1 > /dev/null && echo up";
    let ran = run(&lab.script(text));
    assert!(ran.out.starts_with("lo\n") || ran.out.contains("\nlo\n"), "{}", ran.out);
    assert!(ran.out.ends_with("up\n"), "{} {}", ran.out, ran.err);
    assert!(!ran.out.contains("eth"), "{}", ran.out);
    let mut spec = lab.script("readlink /proc/self/ns/net; ls /sys/class/net | wc -l");
    spec.network = Network::Host;
    let own = fs::read_link("/proc/self/ns/net").unwrap();
    assert!(run(&spec).out.starts_with(&*own.to_string_lossy()));
    spec.rootfs = lab.rootfs(&[]);
    spec.network = Network::None;
    assert!(!run(&spec).out.starts_with(&*own.to_string_lossy()));
}

fn descriptors(lab: &Lab) {
    // Descriptor 3 is the one that `ls` reads the directory with.
    assert_eq!(lab.output("ls /proc/self/fd"), "0\n1\n2\n3\n");
    assert_eq!(lab.output("readlink /proc/self/fd/0"), "/dev/null\n");
}
