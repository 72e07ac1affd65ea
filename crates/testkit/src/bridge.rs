//! The way to the `BuildKit` within a Docker Engine for a client that wants to speak to a `buildkitd`: each connection is
//! led on through the engine's `/grpc`.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;

/// Listens on loopback; the address as `HOST:PORT`. Its threads end with the test's process.
pub fn bridge_tcp(docker: &Path) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    serve(
        docker,
        move || Ok(listener.accept()?.0),
        TcpStream::try_clone,
        |stream| stream.shutdown(Shutdown::Write),
    );
    address
}

/// Listens at a path.
pub fn bridge_unix(docker: &Path, at: &Path) {
    let listener = UnixListener::bind(at).unwrap();
    serve(
        docker,
        move || Ok(listener.accept()?.0),
        UnixStream::try_clone,
        |stream| stream.shutdown(Shutdown::Write),
    );
}

/// Leads on what comes, each connection in a thread of its own.
fn serve<S: Read + Write + Send + 'static>(
    docker: &Path,
    accept: impl Fn() -> io::Result<S> + Send + 'static,
    again: fn(&S) -> io::Result<S>,
    end: fn(&S) -> io::Result<()>,
) {
    let docker = docker.to_owned();
    thread::spawn(move || {
        while let Ok(near) = accept() {
            let docker = docker.clone();
            thread::spawn(move || lead(again(&near)?, near, end, &docker));
        }
    });
}

/// Copies in both directions until both sides have ended.
fn lead<S: Read + Write + Send + 'static>(
    mut near: S,
    mut other: S,
    end: impl Fn(&S) -> io::Result<()>,
    docker: &Path,
) -> io::Result<()> {
    let mut far = UnixStream::connect(docker)?;
    far.write_all(b"POST /grpc HTTP/1.1\r\nHost: docker\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n")?;
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        far.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    let mut there = far.try_clone()?;
    let sending = thread::spawn(move || {
        io::copy(&mut near, &mut there)?;
        there.shutdown(Shutdown::Write)
    });
    io::copy(&mut far, &mut other)?;
    end(&other)?;
    drop(sending.join());
    Ok(())
}
