//! What a step is given, what it returns, and where its changes go.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};

use cooper_sandbox::{ErrorKind, ExecErrorKind, Spec, Stdio, Ulimit, User};

use crate::Case;
use crate::lab::{Lab, run, tree, try_run};

pub(crate) const CASES: &[Case] = &[
    ("output_and_status_come_back", output_and_status),
    ("deaths_by_signal_count_from_128", signals),
    ("programs_that_cannot_run_say_why", exec_errors),
    ("wrong_requests_are_refused", bad_specs),
    ("environment_directory_and_input_are_as_given", surroundings),
    ("changes_go_to_the_upper_directory", changes),
    ("upper_layers_cover_lower_ones", layer_order),
    ("a_scratch_root_is_the_upper_directory", scratch),
    ("hundreds_of_layers_with_long_names_fit", many_layers),
    ("users_and_groups_are_taken_on", users),
    ("ulimits_are_set", ulimits),
    ("a_terminal_can_be_had", terminal),
    ("usage_is_measured", usage),
];

fn output_and_status(lab: &Lab) {
    let ran = run(&lab.script("echo one; echo two >&2; printf three; exit 3"));
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("one\nthree", "two\n"));
    assert_eq!((ran.exit.code, ran.exit.signal), (3, None));
    assert!(ran.exit.exec_error.is_none() && ran.exit.warnings.is_empty(), "{:?}", ran.exit);
    let long = lab.output("seq 1 50000");
    assert_eq!(long.lines().count(), 50_000);
    let mut quiet = lab.script("echo one; echo two >&2");
    quiet.streams.stderr = Stdio::Null;
    let ran = run(&quiet);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("one\n", ""));
}

fn signals(lab: &Lab) {
    let ran = run(&lab.script("sh -c 'kill -9 $$'; exit $?"));
    assert_eq!(ran.exit.code, 137);
    // Process 1 dies of a signal only when the kernel itself sends it.
    let mut spec = lab.script("while true; do true; done");
    spec.limits.ulimits.push(Ulimit { name: "cpu".to_owned(), soft: 1, hard: 1 });
    let ran = run(&spec);
    assert_eq!((ran.exit.code, ran.exit.signal), (137, Some(9)));
    assert!(!ran.exit.cancelled);
}

fn exec_errors(lab: &Lab) {
    let layer = lab.fresh();
    fs::write(layer.join("plain"), "#!/bin/sh\n").unwrap();
    fs::create_dir(layer.join("bin")).unwrap();
    for (name, text) in
        [("noformat", "echo hello\n"), ("nointerpreter", "#!/no/such/shell\n"), ("good", "#!/bin/sh\n")]
    {
        let path = layer.join("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    let check = |program: &str, expect: Option<ExecErrorKind>, code: i32| {
        let mut spec = Spec::new(lab.rootfs(std::slice::from_ref(&layer)), [program]);
        spec.env.push(("PATH".to_owned(), "/nowhere:/bin".to_owned()));
        let ran = run(&spec);
        assert_eq!(ran.exit.exec_error.as_ref().map(|error| error.kind), expect, "{program}");
        assert_eq!(ran.exit.code, code, "{program}");
    };
    check("good", None, 0);
    check("/bin/good", None, 0);
    check("foo", Some(ExecErrorKind::NotInPath), 127);
    check("/bin/foo", Some(ExecErrorKind::NotFound), 127);
    check("nointerpreter", Some(ExecErrorKind::NotFound), 127);
    check("/plain", Some(ExecErrorKind::PermissionDenied), 126);
    check("/bin", Some(ExecErrorKind::PermissionDenied), 126);
    check("noformat", Some(ExecErrorKind::Format), 126);
}

fn bad_specs(lab: &Lab) {
    let check = |change: &dyn Fn(&mut Spec), kind: ErrorKind, text: &str| {
        let mut spec = lab.script("true");
        change(&mut spec);
        let error = try_run(&spec).map(|ran| ran.exit).expect_err(text);
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    };
    check(&|spec| spec.args.clear(), ErrorKind::BadSpec, "no program");
    check(&|spec| spec.args.push("a\0b".into()), ErrorKind::BadSpec, "zero byte");
    let odd = Ulimit { name: "fish".to_owned(), soft: 1, hard: 1 };
    check(&|spec| spec.limits.ulimits.push(odd.clone()), ErrorKind::BadSpec, "no ulimit `fish`");
    check(&|spec| spec.rootfs.upper = "/no/such".into(), ErrorKind::MissingSource, "/no/such");
    check(&|spec| spec.rootfs.lowers.push("/no/layer".into()), ErrorKind::MissingSource, "/no/layer");
}

fn surroundings(lab: &Lab) {
    let mut spec =
        lab.script("pwd; hostname; umask; echo $0 $$ $A; env | sort; cat; ls -ld /new/place | cut -c1-10");
    spec.cwd = "/new/place".into();
    spec.hostname = "barrel".into();
    spec.env.push(("A".to_owned(), "b c".to_owned()));
    let expect =
        "/new/place\nbarrel\n0022\n/bin/sh 1 b c\nA=b c\nPATH=/bin\nPWD=/new/place\nSHLVL=1\ndrwxr-xr-x\n";
    let ran = run(&spec);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), (expect, ""));
    assert!(ran.upper.join("new/place").is_dir());
    assert!(ran.exit.created_mountpoints.iter().all(|path| !path.starts_with("/new")), "{:?}", ran.exit);
}

fn changes(lab: &Lab) {
    let ran = run(&lab.script("echo hi > /tmp/file; rm /etc/passwd; mkdir /dir; ls /proc > /dev/null"));
    assert_eq!(ran.exit.code, 0, "{}", ran.err);
    assert_eq!(tree(&ran.upper), ["dir", "etc", "etc/passwd", "tmp", "tmp/file"]);
    let whiteout = fs::symlink_metadata(ran.upper.join("etc/passwd")).unwrap();
    assert!(whiteout.file_type().is_char_device() && whiteout.rdev() == 0);
    assert!(lab.base().join("etc/passwd").exists());
}

fn layer_order(lab: &Lab) {
    let (low, high) = (lab.fresh(), lab.fresh());
    fs::write(low.join("name"), "low").unwrap();
    fs::write(low.join("only-low"), "here").unwrap();
    fs::write(high.join("name"), "high").unwrap();
    let mut spec = lab.script("cat /name /only-low");
    spec.rootfs = lab.rootfs(&[low, high]);
    assert_eq!(run(&spec).out, "highhere");
}

fn scratch(lab: &Lab) {
    let mut spec = Spec::new(lab.rootfs(&[]), ["/busybox", "touch", "/made"]);
    spec.rootfs.lowers.clear();
    fs::copy(lab.base().join("bin/busybox"), spec.rootfs.upper.join("busybox")).unwrap();
    let ran = run(&spec);
    assert_eq!(ran.exit.code, 0, "{:?}", ran.exit);
    // Directories for what every step sees stay, as with other builders.
    assert_eq!(tree(&ran.upper), ["busybox", "dev", "made", "proc", "sys"]);
    assert!(!ran.exit.created_mountpoints.contains(&"/proc".to_owned()), "{:?}", ran.exit);
}

fn many_layers(lab: &Lab) {
    let parent = lab.fresh().join("long:name,with=odd\\characters".repeat(6));
    let layers: Vec<_> = (0..200).map(|number| parent.join(number.to_string())).collect();
    for (number, layer) in layers.iter().enumerate() {
        fs::create_dir_all(layer).unwrap();
        fs::write(layer.join(format!("file{number}")), "").unwrap();
    }
    let mut spec = lab.script("ls / | grep -c file");
    spec.rootfs = lab.rootfs(&layers);
    assert_eq!(run(&spec).out, "200\n");
}

fn users(lab: &Lab) {
    let mut spec = lab.script("id -u; id -g; id -G; touch /tmp/x 2>/dev/null || echo denied");
    spec.user = User { uid: 12, gid: 34, groups: vec![56, 78] };
    if !lab.has_ids() {
        let error = try_run(&spec).map(|ran| ran.exit).expect_err("only one id");
        assert!(error.to_string().contains("/etc/subuid"), "{error}");
        return;
    }
    assert_eq!(run(&spec).out, "12\n34\n34 56 78\ndenied\n");
}

fn ulimits(lab: &Lab) {
    let mut spec = lab.script("ulimit -Sn; ulimit -Hn; ulimit -c");
    let limit = |name: &str, soft, hard| Ulimit { name: name.to_owned(), soft, hard };
    spec.limits.ulimits = vec![limit("nofile", 100, 200), limit("core", 0, 0)];
    assert_eq!(run(&spec).out, "100\n200\n0\n");
}

fn terminal(lab: &Lab) {
    let mut spec = lab.script("test -t 0 && test -t 1 && test -t 2 && tty; echo hi > /dev/tty; exit 4");
    spec.tty = true;
    let ran = run(&spec);
    assert_eq!((ran.exit.code, ran.out.replace('\r', "").as_str()), (4, "/dev/pts/0\nhi\n"));
}

fn usage(lab: &Lab) {
    let ran = run(&lab.script("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"));
    let usage = ran.exit.usage;
    assert!(usage.wall.as_millis() > 5 && (usage.user + usage.system).as_millis() > 5, "{usage:?}");
    assert!(usage.max_rss > 100_000, "{usage:?}");
}
