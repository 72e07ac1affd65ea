//! What a signal does to a build and to a run.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::lab::{Lab, Ran, base, binary, mounts_below, ran};

/// Starts the binary with every signal at its default, whatever the test itself has inherited, and waits for a
/// line of its output that contains `sign`.
fn start(lab: &Lab, args: &[&str], sign: &str) -> Child {
    let mut command = Command::new("env");
    command.args(["--default-signal", binary(), "--store"]).arg(lab.path().join("store")).args(args);
    command.current_dir(lab.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let building = args.first() == Some(&"build");
    // A build tells on standard error, what `run` runs writes to standard output. Both stay open, so that the
    // rest can be written.
    let seen = if building {
        wait_for(BufReader::new(child.stderr.as_mut().unwrap()), sign)
    } else {
        wait_for(BufReader::new(child.stdout.as_mut().unwrap()), sign)
    };
    assert!(seen, "`{sign}` never came");
    child
}

fn wait_for(output: impl BufRead, sign: &str) -> bool {
    output.lines().map_while(Result::ok).any(|line| line.contains(sign))
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// The rest of the output, and how long it took to end.
fn end(child: Child) -> (Ran, Duration) {
    let begun = Instant::now();
    (ran(&child.wait_with_output().unwrap()), begun.elapsed())
}

/// Processes, this one not, whose command line contains a text.
pub(crate) fn processes_with(text: &str) -> usize {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|item| std::fs::read(item.path().join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).replace('\0', " ").contains(text)).count()
}

#[test]
fn an_interrupted_build_ends_at_once_and_leaves_nothing() {
    let Some(lab) = Lab::new() else { return };
    // A duration that no other run of the tests has.
    let sleep = format!("sleep 873.{}", std::process::id());
    let dockerfile = format!("FROM busybox\nRUN echo kept > /kept\nRUN echo rea''dy; {sleep}\n");
    lab.file("Dockerfile", &dockerfile);
    let context = format!("busybox=oci-layout://{}", base().display());
    let args = ["build", "--progress", "plain", "-t", "app", "--build-context", &context, "context"];
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let child = start(&lab, &args, " ready");
        send(&child, signal);
        let (ran, time) = end(child);
        assert_eq!(ran.code, 130, "{signal:?}: {}", ran.err);
        assert!(time < Duration::from_secs(1), "{signal:?} took {time:?}");
        let errors: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("error")).collect();
        assert!(matches!(errors.as_slice(), [one] if one.contains("interrupted")), "{}", ran.err);
        assert_eq!(processes_with(&sleep), 0);
        assert_eq!(mounts_below(lab.path()), "");
        assert_eq!(lab.run(&["store", "verify"]).code, 0);
    }
    let again = lab.build_with("FROM busybox\nRUN echo kept > /kept\nRUN true\n", &[]);
    assert_eq!((again.code, again.cached(), again.done()), (0, 1, 1), "{}", again.err);
}

#[test]
fn a_second_interrupt_does_not_wait() {
    let Some(lab) = Lab::new() else { return };
    lab.file("Dockerfile", "FROM scratch\nCOPY . /\n");
    // Standard input that never ends keeps the build where it does not look at the flag.
    let mut command = Command::new("env");
    command.args(["--default-signal", binary(), "--store"]).arg(lab.path().join("store"));
    let mut child =
        command.args(["build", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let input = child.stdin.take();
    sleep(Duration::from_millis(300));
    send(&child, Signal::INT);
    sleep(Duration::from_millis(50));
    send(&child, Signal::INT);
    let (ran, time) = end(child);
    assert_eq!(ran.code, 130, "{}", ran.err);
    assert!(time < Duration::from_secs(1), "took {time:?}");
    drop(input);
}

#[test]
fn what_does_not_look_at_the_flag_is_ended_after_a_moment() {
    let Some(lab) = Lab::new() else { return };
    let mut command = lab.cooper();
    let mut child =
        command.args(["build", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let input = child.stdin.take();
    sleep(Duration::from_millis(300));
    send(&child, Signal::TERM);
    let (ran, time) = end(child);
    assert_eq!(ran.code, 130, "{}", ran.err);
    assert!(ran.err.contains("error: interrupted"), "{}", ran.err);
    assert!(time < Duration::from_secs(5), "took {time:?}");
    drop(input);
}

#[test]
fn a_running_image_gets_the_signals() {
    let Some(lab) = Lab::new() else { return };
    lab.build("FROM busybox\n");
    let run = |script: &str, signal: Signal| {
        let child = start(&lab, &["run", "app", "sh", "-c", script], "ready");
        send(&child, signal);
        let (ran, time) = end(child);
        assert!(time < Duration::from_secs(2), "{script}: {signal:?} took {time:?}");
        (ran.code, ran.out)
    };
    let handles = "trap 'echo got it; exit 7' TERM USR1; echo ready; while :; do sleep 0.05; done";
    assert_eq!(run(handles, Signal::TERM), (7, "got it\n".to_owned()));
    assert_eq!(run(handles, Signal::USR1), (7, "got it\n".to_owned()));
    // Process 1 does not even notice a signal that it does not handle; a user expects it to end.
    // The shell handles an interrupt, and forgets it when it is replaced just then: `sleep` is waited for.
    // A time that no other run of the tests on this machine has.
    let time = format!("871.{}", std::process::id());
    let plain = format!(
        "(while ! grep -q '^Name:.sleep' /proc/1/status; do :; done; echo ready) & exec sleep {time}"
    );
    assert_eq!(run(&plain, Signal::INT), (130, String::new()));
    assert_eq!(run(&plain, Signal::TERM), (143, String::new()));
    let ignores = "trap '' HUP; echo ready; sleep 0.3; echo went on";
    assert_eq!(run(ignores, Signal::HUP), (0, "went on\n".to_owned()));
    assert_eq!(processes_with(&time), 0);
}
