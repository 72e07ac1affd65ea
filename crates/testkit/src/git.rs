//! Repositories, and serving them by git's own CGI program.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Reply, Seen};

/// Whether git is installed; says that a test does not run when it is not.
pub fn git_is_here() -> bool {
    let here = Command::new("git").arg("version").output().is_ok_and(|out| out.status.success());
    if !here {
        println!("NOT RUN: git is not installed");
    }
    here
}

/// A repository with a work tree, in a directory of the test.
pub struct Repository {
    dir: PathBuf,
}

impl Repository {
    /// An empty repository at `dir`, whose branch is `main`.
    pub fn new(dir: &Path) -> Self {
        std::fs::create_dir_all(dir).unwrap();
        let made = Self { dir: dir.to_owned() };
        made.git(&["init", "--quiet", "--initial-branch=main"]);
        made
    }

    /// One that is there.
    pub fn open(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// Its work tree.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// Writes a file of the work tree.
    pub fn file(&self, path: &str, content: &str) -> &Self {
        let path = self.dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// Runs git in it with fixed names and times; what it wrote.
    pub fn git(&self, args: &[&str]) -> String {
        self.git_at(1_500_000_000, args)
    }

    /// The same at a time.
    pub fn git_at(&self, time: i64, args: &[&str]) -> String {
        let date = format!("{time} +0200");
        let out = Command::new("git")
            .args(["-c", "user.name=n", "-c", "user.email=n@h", "-c", "protocol.file.allow=always"])
            .args(args)
            .current_dir(&self.dir)
            .envs([("GIT_AUTHOR_DATE", date.as_str()), ("GIT_COMMITTER_DATE", date.as_str())])
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
            .output()
            .unwrap();
        assert!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).trim().to_owned()
    }

    /// Commits everything at a time; the commit.
    pub fn commit_at(&self, time: i64) -> String {
        self.git(&["add", "--all"]);
        self.git_at(time, &["commit", "--quiet", "--allow-empty", "--message=m"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Commits everything; the commit.
    pub fn commit(&self) -> String {
        self.commit_at(1_500_000_000)
    }
}

/// Answers requests for the repositories below `root`, as `/<name>/…`.
pub fn git_replies(root: &Path) -> impl Fn(&Seen) -> Reply + Send + Sync + 'static {
    let root = root.to_owned();
    move |seen| {
        let query = seen.target.split_once('?').map_or("", |(_, query)| query);
        let mut command = Command::new("git");
        command.args(["-c", "safe.directory=*", "http-backend"]);
        command
            .env("GIT_PROJECT_ROOT", &root)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("REMOTE_ADDR", "127.0.0.1");
        command.env("PATH_INFO", seen.path()).env("QUERY_STRING", query).env("REQUEST_METHOD", &seen.method);
        command.env("CONTENT_TYPE", seen.header("content-type").unwrap_or_default());
        command.env("GIT_PROTOCOL", seen.header("git-protocol").unwrap_or_default());
        if let Some(encoding) = seen.header("content-encoding") {
            command.env("HTTP_CONTENT_ENCODING", encoding);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let body = seen.body.clone();
        // It may answer before it has read everything.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&body)));
        let out = child.wait_with_output().unwrap();
        writer.join().unwrap();
        cgi(&out.stdout)
    }
}

/// The answer of a CGI program.
fn cgi(out: &[u8]) -> Reply {
    let end = out.windows(4).position(|four| four == b"\r\n\r\n").map_or(out.len(), |at| at + 4);
    let mut reply = Reply::ok(&out[end..]);
    for line in String::from_utf8_lossy(&out[..end]).lines() {
        match line.split_once(": ") {
            Some(("Status", value)) => reply.status = value[..3].parse().unwrap(),
            Some((name, value)) => reply.headers.push((name.to_owned(), value.to_owned())),
            None => {}
        }
    }
    reply
}
