//! How steps end, by themselves or not, and that nothing of them is left.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use cooper_sandbox::{Cancel, Network, Rootfs, Spec, Starter, spawn, support};

use crate::Case;
use crate::lab::{Lab, run};

pub(crate) const CASES: &[Case] = &[
    ("steps_can_be_cancelled", cancel),
    ("what_a_step_started_ends_with_it", background),
    ("a_killed_caller_takes_its_step_along", killed_caller),
    ("steps_run_side_by_side", parallel),
    ("nothing_is_left_behind", residue),
    ("limits_hold", limits),
    ("the_next_step_finds_a_process_that_fits_or_gets_another", made_ready),
];

fn cancel(lab: &Lab) {
    let spec = lab.script("trap '' TERM INT; echo ready; sleep 100");
    let cancel = Cancel::new();
    let started = Instant::now();
    let exit = spawn(&spec, &mut |_, _| cancel.set(), &cancel).unwrap();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!((exit.code, exit.signal, exit.cancelled), (137, Some(9), true));
    let exit = spawn(&lab.script("sleep 100"), &mut |_, _| {}, &cancel).unwrap();
    assert!(exit.cancelled, "set before the start");
}

fn background(lab: &Lab) {
    let started = Instant::now();
    let ran = run(&lab.script("setsid sleep 100.25 & sleep 100.25 & echo done"));
    assert_eq!(ran.out, "done\n");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(processes_with(&["sleep", "100.25"]), 0);
}

/// How many processes of the machine have this command line.
fn processes_with(command: &[&str]) -> usize {
    let command: String = command.iter().flat_map(|word| [word, "\0"]).collect();
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    entries
        .filter(|entry| fs::read(entry.path().join("cmdline")).is_ok_and(|line| line == command.as_bytes()))
        .count()
}

/// How many inits have lost their caller; those of others, which may run at the same time, have theirs.
fn orphans() -> usize {
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let inits = entries
        .filter(|entry| fs::read(entry.path().join("cmdline")).is_ok_and(|line| line == b"cooper-init\0"));
    let status = inits.map(|entry| fs::read_to_string(entry.path().join("status")).unwrap_or_default());
    status.filter(|text| text.lines().any(|line| line == "PPid:\t1")).count()
}

pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(10), "{what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// The process that is killed: starts a step that does not end.
pub(crate) fn run_until_killed(directory: &str) -> ExitCode {
    let path = |name: &str| PathBuf::from(directory).join(name);
    let rootfs = Rootfs { lowers: vec![path("lower")], upper: path("upper"), work: path("work") };
    let mut spec = Spec::new(rootfs, ["/bin/sh", "-c", "trap '' TERM; setsid sleep 321.5 & sleep 321.5"]);
    spec.env.push(("PATH".to_owned(), "/bin".to_owned()));
    let _ = spawn(&spec, &mut |_, _| {}, &Cancel::new());
    ExitCode::SUCCESS
}

fn killed_caller(lab: &Lab) {
    let directory = lab.fresh();
    std::os::unix::fs::symlink(lab.base(), directory.join("lower")).unwrap();
    for delay in [None, Some(1), Some(3), Some(5), Some(8)] {
        for name in ["upper", "work"] {
            let _ = fs::remove_dir_all(directory.join(name));
            fs::create_dir(directory.join(name)).unwrap();
        }
        let mut caller =
            Command::new("/proc/self/exe").arg("--run-until-killed").arg(&directory).spawn().unwrap();
        match delay {
            None => eventually("the step starts", || processes_with(&["sleep", "321.5"]) == 2),
            Some(millis) => thread::sleep(Duration::from_millis(millis)),
        }
        caller.kill().unwrap();
        caller.wait().unwrap();
        eventually("the step ends", || processes_with(&["sleep", "321.5"]) == 0 && orphans() == 0);
    }
}

fn parallel(lab: &Lab) {
    let specs: Vec<Spec> =
        (0..8).map(|number| lab.script(&format!("sleep 0.1; echo {number}; exit {number}"))).collect();
    thread::scope(|scope| {
        let all: Vec<_> = specs.iter().map(|spec| scope.spawn(|| run(spec))).collect();
        for (number, one) in (0..).zip(all) {
            let ran = one.join().unwrap();
            assert_eq!((ran.out, ran.exit.code), (format!("{number}\n"), number));
        }
    });
}

fn residue(lab: &Lab) {
    let open = || fs::read_dir("/proc/self/fd").unwrap().count();
    let mounts = || fs::read_to_string("/proc/self/mountinfo").unwrap();
    run(&lab.script("true"));
    let before = (open(), mounts());
    for _ in 0..5 {
        run(&lab.script("true"));
    }
    assert_eq!((open(), mounts()), before);
    assert_eq!(children(), "");
}

/// The processes that this one has started and not yet waited for.
fn children() -> String {
    let own = std::process::id();
    fs::read_to_string(format!("/proc/{own}/task/{own}/children")).unwrap_or_default()
}

fn made_ready(lab: &Lab) {
    let steps = Starter::default();
    let namespace = |network: Network| {
        let mut spec = lab.script("readlink /proc/self/ns/net");
        spec.network = network;
        let mut out = String::new();
        let mut take = |_, line: &[u8]| out.push_str(&String::from_utf8_lossy(line));
        let exit = steps.spawn(&spec, &mut take, &Cancel::new(), true).unwrap();
        assert_eq!(exit.code, 0, "{exit:?}");
        out.trim_end().to_owned()
    };
    let host = fs::read_link("/proc/self/ns/net").unwrap().to_string_lossy().into_owned();
    for _ in 0..2 {
        let (one, other) = (namespace(Network::None), namespace(Network::None));
        assert!(one != other && one != host && other != host, "{one} {other} {host}");
        assert_eq!([namespace(Network::Host), namespace(Network::Host)], [host.clone(), host.clone()]);
    }
    // One that was killed while it waited is replaced.
    let over = |pid: &str| {
        fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|status| status.contains(") Z "))
    };
    let living = || -> Vec<String> {
        children().split_whitespace().filter(|pid| !over(pid)).map(str::to_owned).collect()
    };
    // What is left of the last step goes by itself.
    eventually("one waits", || living().len() == 1);
    let waiting = living();
    assert!(Command::new("kill").arg("-9").args(&waiting).status().unwrap().success());
    eventually("the process ends", || waiting.iter().all(|pid| over(pid)));
    assert_eq!(namespace(Network::Host), host);
    drop(steps);
    assert_eq!(children(), "");
}

fn limits(lab: &Lab) {
    let cgroups = support().cgroups;
    let mut spec =
        lab.script("i=0; while [ $i -lt 20 ]; do sleep 1 & i=$((i+1)); done 2>/dev/null; wait; echo ran");
    spec.limits.pids = Some(5);
    let ran = run(&spec);
    if !cgroups.is_available() {
        println!("  (limits cannot be set here: {cgroups:?})");
        assert!(ran.exit.warnings.iter().any(|text| text.contains("pids")), "{:?}", ran.exit.warnings);
        return;
    }
    assert_ne!((ran.out.as_str(), ran.exit.code), ("ran\n", 0), "five processes were enough for twenty");
    let mut spec = lab.script("head -c 200000000 /dev/zero | tail | wc -c; echo survived");
    spec.limits.memory = Some(32 << 20);
    let ran = run(&spec);
    assert_eq!(ran.exit.warnings, Vec::<String>::new());
    // The kernel takes the process with the most memory, and now and then another of them before that one's is free.
    let killed = ran.exit.signal == Some(9);
    assert!(killed || ran.out.lines().next() == Some("0"), "{} {} {:?}", ran.out, ran.err, ran.exit);
    assert!(!leftover_groups(Path::new("/sys/fs/cgroup")));
}

/// Whether a group made for a step still exists.
fn leftover_groups(directory: &Path) -> bool {
    fs::read_dir(directory).unwrap().filter_map(Result::ok).any(|entry| {
        let directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let name = entry.file_name().to_string_lossy().into_owned();
        // A number follows, unlike in the names of groups that other tools make.
        let ours = name
            .strip_prefix("cooper-")
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
        directory && (ours || leftover_groups(&entry.path()))
    })
}
