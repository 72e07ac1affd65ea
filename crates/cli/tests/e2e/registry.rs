//! Images to and from a real registry.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use testkit::{Reply, Server};

use crate::lab::{Lab, base, has, missing};

/// Debian's `docker-registry` on a free port of loopback, ended by its pid.
pub(crate) struct Registry {
    child: Child,
    pub(crate) host: String,
}

impl Registry {
    pub(crate) fn start(lab: &Lab) -> Option<Self> {
        if !has("docker-registry") {
            missing("docker-registry is not installed");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = format!(
            "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:{port}\n",
            lab.path().join("registry").display()
        );
        let file = lab.path().join("registry.yml");
        std::fs::write(&file, config).unwrap();
        let mut command = Command::new("docker-registry");
        let child =
            command.arg("serve").arg(file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let registry = Self { child, host: format!("127.0.0.1:{port}") };
        for _ in 0..100 {
            if std::net::TcpStream::connect(&registry.host).is_ok() {
                return Some(registry);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("docker-registry did not come up");
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn push_pull_copy_and_build_from_a_registry() {
    let Some(lab) = Lab::new() else { return };
    let Some(registry) = Registry::start(&lab) else { return };
    lab.file("f", "1\n");
    let name = format!("{}/team/app:1", registry.host);
    let built = lab.build("FROM busybox\nCOPY f /f\n");
    let pushed = lab.run(&["push", "app", &name]);
    assert_eq!((pushed.code, pushed.digest()), (0, built.digest()), "{}", pushed.err);
    let fresh = Lab::new().unwrap();
    let pulled = fresh.run(&["pull", &name]);
    assert_eq!(pulled.code, 0, "{}", pulled.err);
    assert_eq!(pulled.digest(), built.digest());
    let ran = fresh.run(&["run", &name, "cat", "/f"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "1\n"), "{}", ran.err);
    let copy = format!("{}/team/copy:2", registry.host);
    assert_eq!(fresh.run(&["copy", &name, &copy]).digest(), built.digest());
    let direct = format!("type=image,name={}/team/direct:1,push=true", registry.host);
    lab.file("Dockerfile", "FROM scratch\nCOPY f /f\n");
    let direct = lab.run(&["build", "-o", &direct, "context"]);
    assert_eq!(direct.code, 0, "{}", direct.err);
    assert_eq!(
        fresh.run(&["inspect", &format!("{}/team/direct:1", registry.host)]).digest(),
        direct.digest()
    );
    let third = Lab::new().unwrap();
    third.file("Dockerfile", &format!("FROM {copy}\nRUN cat /f > /g\n"));
    let ran = third.run(&["build", "-t", "app", "context"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(third.sh("cat /g"), "1\n");
    // The base is in the store now: the next build needs no registry.
    drop(registry);
    assert_eq!(third.run(&["build", "-t", "app", "context"]).code, 0);
}

/// What an image that is only pushed takes from its base, in bytes of blobs that the store has then.
#[test]
fn a_base_that_nothing_reads_is_not_fetched_when_the_image_goes_to_its_registry() {
    let Some(lab) = Lab::new() else { return };
    let Some(registry) = Registry::start(&lab) else { return };
    lab.build("FROM busybox\nRUN head -c 3000000 /dev/urandom > /large\n");
    let base = format!("{}/team/base:1", registry.host);
    assert_eq!(lab.run(&["push", "app", &base]).code, 0);

    let other = Lab::new().unwrap();
    let blobs = || -> u64 {
        let dir = other.path().join("store/blobs/sha256");
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
    };
    let derived = format!("{}/other/derived:1", registry.host);
    other.file("Dockerfile", &format!("FROM {base}\nLABEL a=b\n"));
    let built = other.run(&["build", "-t", &derived, "-o", "type=registry", "context"]);
    assert_eq!(built.code, 0, "{}", built.err);
    assert!(blobs() < 100_000, "{}", blobs());

    let fresh = Lab::new().unwrap();
    let pulled = fresh.run(&["pull", &derived]);
    assert_eq!((pulled.code, pulled.digest()), (0, built.digest()), "{}", pulled.err);
    let size = fresh.run(&["run", &derived, "stat", "-c", "%s", "/large"]);
    assert_eq!((size.code, size.out.trim()), (0, "3000000"), "{}", size.err);

    // What was not needed comes when it is.
    let copy = format!("{}/third/copy:1", registry.host);
    let pushed = other.run(&["push", &derived, &copy]);
    assert_eq!((pushed.code, blobs() < 100_000), (0, true), "{}", pushed.err);
    let ran = other.run(&["run", &derived, "stat", "-c", "%s", "/large"]);
    assert_eq!((ran.code, ran.out.trim()), (0, "3000000"), "{}", ran.err);
    let archive = other.run(&["build", "-o", "type=oci,dest=out.tar", "context"]);
    assert_eq!(archive.code, 0, "{}", archive.err);
}

/// A base that is written out as files has to be fetched, even where no step reads it.
#[test]
fn a_base_alone_becomes_a_directory() {
    let Some(lab) = Lab::new() else { return };
    let Some(registry) = Registry::start(&lab) else { return };
    lab.file("f", "1\n");
    lab.build("FROM busybox\nCOPY f /f\n");
    let base = format!("{}/team/base:1", registry.host);
    assert_eq!(lab.run(&["push", "app", &base]).code, 0);
    let other = Lab::new().unwrap();
    other.file("Dockerfile", &format!("FROM {base}\nLABEL a=b\n"));
    let out = other.path().join("out");
    let written = other.run(&["build", "-o", out.to_str().unwrap(), "context"]);
    assert_eq!(written.code, 0, "{}", written.err);
    assert_eq!(std::fs::read_to_string(out.join("f")).unwrap(), "1\n");
}

/// A registry that keeps nothing, and answers `GET /uploaded` when a blob has been uploaded to it.
fn forgetful() -> Server {
    let uploaded = (Mutex::new(0), Condvar::new());
    Server::start(move |seen| match (seen.method.as_str(), seen.path()) {
        ("GET", "/uploaded") => {
            let wait = Duration::from_secs(60);
            let count = uploaded.0.lock().unwrap();
            let (count, _) = uploaded.1.wait_timeout_while(count, wait, |count| *count == 0).unwrap();
            Reply::new(if *count > 0 { 200 } else { 503 })
        }
        ("HEAD" | "GET", _) if !seen.path().ends_with("/v2/") => Reply::new(404),
        ("POST", path) => Reply::new(202).header("Location", format!("{path}x")),
        ("PUT", path) if !path.contains("/manifests/") => {
            *uploaded.0.lock().unwrap() += 1;
            uploaded.1.notify_all();
            Reply::new(201)
        }
        ("PUT", _) => Reply::new(201),
        _ => Reply::ok("{}"),
    })
}

#[test]
fn a_layer_is_pushed_while_later_steps_run() {
    let Some(lab) = Lab::new() else { return };
    let server = forgetful();
    let wait = format!("wget -q -O /answer {}", server.url("/uploaded"));
    lab.file("Dockerfile", &format!("FROM busybox\nRUN echo x > /x\nRUN {wait}\n"));
    let output = format!("type=image,name={}/app:1,push=true", server.address);
    let context = format!("busybox=oci-layout://{}", base().display());
    let args =
        ["build", "--progress", "plain", "--network", "host", "-o", &output, "--build-context", &context];
    let ran = lab.run(&[&args[..], &["context"]].concat());
    assert_eq!(ran.code, 0, "the second step waits for the blob of the first: {}", ran.err);
    let puts = server.seen().iter().filter(|seen| seen.method == "PUT").count();
    assert!(puts >= 5, "three layers, the configuration and the manifest: {puts}");
}
