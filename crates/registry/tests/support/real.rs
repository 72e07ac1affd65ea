//! Debian's `docker-registry`, started in a temporary folder for one test.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use image::Reference;
use tempfile::TempDir;

/// A running registry; it ends with this value.
pub(crate) struct Real {
    pub(crate) address: SocketAddr,
    pub(crate) dir: TempDir,
    child: Child,
}

impl Real {
    /// Starts one. `extra` gets the folder and gives more lines of configuration, and one for its `http` part. `None`,
    /// with a line that says why, when the program is not installed.
    #[expect(clippy::print_stdout, reason = "a test that cannot run says why")]
    pub(crate) fn start(extra: impl Fn(&Path) -> (String, String)) -> Option<Self> {
        for (program, version) in [("docker-registry", "--version"), ("openssl", "version")] {
            if Command::new(program).arg(version).stdout(Stdio::null()).status().is_err() {
                println!("skipped: the program `{program}` is not installed");
                return None;
            }
        }
        let dir = tempfile::tempdir().unwrap();
        let (lines, http) = extra(dir.path());
        let address = free_address();
        let config = format!(
            "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\nstorage:\n  \
             filesystem: {{rootdirectory: {}}}\n  delete: {{enabled: true}}\nhttp:\n  addr: {address}\n{http}\n{lines}\n",
            dir.path().join("data").display()
        );
        let path = dir.path().join("registry.yml");
        fs::write(&path, config).unwrap();
        let log = fs::File::create(dir.path().join("log")).unwrap();
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut registry = Self { address, dir, child };
        registry.wait();
        Some(registry)
    }

    fn wait(&mut self) {
        let begin = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            let log = || fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
            assert!(self.child.try_wait().unwrap().is_none(), "the registry ended: {}", log());
            assert!(begin.elapsed() < Duration::from_secs(20), "the registry does not come up: {}", log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn reference(&self, rest: &str) -> Reference {
        format!("{}/{rest}", self.address).parse().unwrap()
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address that was free a moment ago.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Runs `openssl` with words of `line` in a folder, with `input`, and gives what it prints.
pub(crate) fn openssl(dir: &Path, line: &str, input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(line.split(' '))
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {line}");
    output.stdout
}

/// Makes a CA (`ca.pem`) and a certificate for loopback signed by it (`server.pem`, `server.key`).
pub(crate) fn certificates(dir: &Path) -> PathBuf {
    openssl(
        dir,
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=test-ca -days 2",
        b"",
    );
    openssl(dir, "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=server", b"");
    fs::write(dir.join("ext"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n").unwrap();
    let sign = "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile ext";
    openssl(dir, sign, b"");
    dir.join("ca.pem")
}

/// Stands between client and registry. `cut` sees the direction (whether it is to the registry) and the bytes moved
/// on that way of the connection, and says when the connection breaks; the last piece is lost.
pub(crate) fn breaking_proxy(
    registry: SocketAddr,
    cut: impl Fn(bool, usize) -> bool + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let cut = Arc::new(cut);
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect(registry).unwrap();
            let (client2, server2) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let (up, down) = (Arc::clone(&cut), Arc::clone(&cut));
            thread::spawn(move || pump(&client, &server, |moved| up(true, moved)));
            thread::spawn(move || pump(&server2, &client2, |moved| down(false, moved)));
        }
    });
    address
}

fn pump(mut from: &TcpStream, mut to: &TcpStream, cut: impl Fn(usize) -> bool) {
    let (mut buffer, mut moved) = (vec![0; 64 << 10], 0);
    while let Ok(count) = from.read(&mut buffer) {
        moved += count;
        if count == 0 || cut(moved) || to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
