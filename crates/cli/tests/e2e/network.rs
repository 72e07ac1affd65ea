//! What steps can reach.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use crate::lab::{Lab, Ran, has, is_root, missing};

/// A server that answers on one address of this machine, until the test ends.
fn serve(address: IpAddr) -> SocketAddr {
    let listener = TcpListener::bind((address, 0)).unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 512]);
            let _ = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nanswer\n");
        }
    });
    at
}

/// An address of this machine that is not loopback; nothing is sent to find it.
fn outer_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

fn helper() -> bool {
    has("pasta") || has("slirp4netns")
}

/// Builds with a step that asks both servers and writes down who answered.
fn ask(lab: &Lab, outer: SocketAddr, inner: SocketAddr, args: &[&str]) -> (Ran, String) {
    let ran = lab.build_with(
        &format!(
            "FROM busybox\n\
             RUN busybox wget -q -O /outer http://{outer}/ || rm -f /outer; \
                 busybox wget -q -O /inner http://{inner}/ || rm -f /inner; \
                 ls /outer /inner 2>/dev/null > /who; true\n"
        ),
        args,
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    let who = lab.sh("cat /who");
    (ran, who)
}

#[test]
fn a_step_reaches_the_world_but_not_this_machines_loopback() {
    let Some(lab) = Lab::new() else { return };
    let Some(address) = outer_address() else {
        return missing("this machine has no address other than loopback");
    };
    let (outer, inner) = (serve(address), serve(Ipv4Addr::LOCALHOST.into()));
    // The network is not part of what a result is remembered by.
    let (_, who) = ask(&lab, outer, inner, &["--no-cache", "--network", "host"]);
    assert_eq!(who, "/inner\n/outer\n");
    let (_, who) = ask(&lab, outer, inner, &["--no-cache", "--network", "none"]);
    assert_eq!(who, "");
    if !helper() {
        return missing("neither `pasta` nor `slirp4netns` is installed");
    }
    let (ran, who) = ask(&lab, outer, inner, &["--no-cache"]);
    if ran.err.contains("steps use the host's network") {
        return missing(&ran.err);
    }
    assert_eq!(who, "/outer\n");
}

#[test]
fn the_private_network_ends_with_the_build() {
    let Some(lab) = Lab::new() else { return };
    if !helper() {
        return missing("neither `pasta` nor `slirp4netns` is installed");
    }
    // Four steps, and what they start, share one network.
    let ran = lab.build(
        "FROM busybox AS a\nRUN ip addr > /a\nFROM busybox AS b\nRUN ip addr > /b; exit 0\n\
         FROM busybox\nCOPY --from=a /a /\nCOPY --from=b /b /\nRUN cmp /a /b || true\n",
    );
    if ran.err.contains("steps use the host's network") {
        return missing(&ran.err);
    }
    let addresses = lab.sh("cat /a");
    assert!(addresses.contains("10.0.2.100"), "{addresses}");
    assert_eq!(lab.sh("cat /b"), addresses);
    assert_eq!(lab.build_with("FROM busybox\nRUN false\n", &[]).code, 3);
    let begun = Instant::now();
    while !orphans().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(2), "left behind: {:?}", orphans());
        thread::sleep(Duration::from_millis(10));
    }
}

/// Processes that connect a network for a cooper that is gone: other tests have theirs at the same time.
fn orphans() -> Vec<String> {
    let stat = |pid: &str| std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let parent = |pid: &str| {
        let stat = stat(pid);
        let rest = stat.rsplit(')').next().unwrap_or_default();
        rest.split_whitespace().nth(1).unwrap_or_default().to_owned()
    };
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.map(|item| item.file_name().to_string_lossy().into_owned());
    pids.filter(|pid| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let holder = parent(pid);
        let ours = String::from_utf8_lossy(&line).contains("\0/tmp/net");
        // Looked at last: a process that has ended meanwhile has no parent.
        ours && (holder == "1" || parent(&holder) == "1")
    })
    .collect()
}

#[test]
fn without_a_helper_the_hosts_network_is_used_and_said_once() {
    let Some(lab) = Lab::new() else { return };
    let mut command = lab.cooper();
    lab.file("Dockerfile", "FROM busybox\nRUN true\nRUN echo more > /x\n");
    let base = format!("busybox=oci-layout://{}", crate::lab::base().display());
    command.args(["build", "--progress", "plain", "--build-context", &base, "context"]);
    // A proxy on the loopback interface is a reason as well, and one that every machine can have.
    let ran = crate::lab::ran(&command.env("http_proxy", "http://localhost:9").output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let notes: Vec<&str> = ran.err.lines().filter(|line| line.contains("host's network")).collect();
    assert!(matches!(notes.as_slice(), [one] if one.contains("`http_proxy`")), "{}", ran.err);
}

#[test]
fn an_unchanged_build_starts_no_network() {
    let Some(lab) = Lab::new() else { return };
    if !is_root() || !has("strace") {
        return missing("this test watches the build's processes with `strace`");
    }
    let dockerfile = "FROM busybox\nRUN echo x > /x\n";
    lab.build(dockerfile);
    let base = format!("busybox=oci-layout://{}", crate::lab::base().display());
    let log = lab.path().join("log");
    let mut command = std::process::Command::new("strace");
    command.args(["-f", "-e", "trace=execve", "-o"]).arg(&log).arg(crate::lab::binary());
    command.arg("--store").arg(lab.path().join("store")).current_dir(lab.path());
    let ran = command.args(["build", "--build-context", &base, "context"]).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let log = std::fs::read_to_string(log).unwrap();
    assert_eq!(log.matches("execve(").count(), 1, "{log}");
}
