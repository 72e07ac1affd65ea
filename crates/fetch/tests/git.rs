//! Trees of git repositories, served by git's own CGI program from this process.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a failed helper fails the test; tests read their environment"
)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use cooper_fetch::{CheckoutOptions, Commit, Config, FetchError, Fetcher, NoProgress, Progress};
use kit::Redacted;
use syntax::GitRef;
use tempfile::TempDir;
use testkit::{Authority, Repository, Server, git_is_here, git_replies};

/// A directory with repositories, a server for them, and a cache.
struct Lab {
    dir: TempDir,
    server: Server,
}

impl Lab {
    fn new() -> Option<Self> {
        if !git_is_here() {
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("repos")).unwrap();
        let server = Server::start(git_replies(&dir.path().join("repos")));
        Some(Self { dir, server })
    }

    fn repo(&self, name: &str) -> Repository {
        Repository::new(&self.dir.path().join("repos").join(name))
    }

    fn config(&self) -> Config {
        let path = std::env::var("PATH").unwrap();
        Config {
            cache: self.dir.path().join("store/git"),
            env: [("PATH".to_owned(), path)].into(),
            ..Config::default()
        }
    }

    fn fetcher(&self) -> Fetcher {
        Fetcher::new(self.config())
    }

    fn reference(&self, tail: &str) -> GitRef {
        GitRef::parse(&self.server.url(tail), false).unwrap()
    }

    /// Checks out an address; the commit, and where the files are.
    fn checkout(&self, tail: &str) -> Result<(Commit, PathBuf), FetchError> {
        self.checkout_with(&self.fetcher(), &self.reference(tail))
    }

    fn checkout_with(&self, fetcher: &Fetcher, git: &GitRef) -> Result<(Commit, PathBuf), FetchError> {
        let commit = fetcher.git_commit(git, &NoProgress)?;
        let target = tempfile::tempdir_in(self.dir.path()).unwrap().keep();
        let options = CheckoutOptions {
            keep_git_dir: git.keep_git_dir.unwrap_or(false),
            submodules: git.submodules.unwrap_or(true),
        };
        fetcher.git_checkout(git, &commit, options, &target, &NoProgress)?;
        Ok((commit, target))
    }
}

/// Everything below a directory as `path`, `path*` when executable, `path/`, `path -> target`; sorted.
fn tree(root: &Path) -> Vec<String> {
    fn walk(root: &Path, dir: &Path, out: &mut Vec<String>) {
        for item in fs::read_dir(dir).unwrap().flatten() {
            let (path, kind) = (item.path(), item.file_type().unwrap());
            let name = path.strip_prefix(root).unwrap().display().to_string();
            if kind.is_symlink() {
                out.push(format!("{name} -> {}", fs::read_link(&path).unwrap().display()));
            } else if kind.is_dir() {
                out.push(format!("{name}/"));
                walk(root, &path, out);
            } else {
                let runs = item.metadata().unwrap().permissions().mode() & 0o100 != 0;
                out.push(format!("{name}{}", if runs { "*" } else { "" }));
            }
        }
    }
    let mut out = Vec::new();
    walk(root, root, &mut out);
    out.sort();
    out
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// A repository with two branches and two tags; the commits of `main` and `feature/x`.
fn usual(lab: &Lab) -> (Repository, String, String) {
    let repo = lab.repo("a.git");
    repo.file("f", "one\n")
        .file("dir/deep/g", "g\n")
        .file("run", "#!/bin/sh\n")
        .file(".gitattributes", "*.crlf eol=crlf text\nx export-ignore\nl filter=lfs\n");
    repo.file("t.crlf", "a\n").file("x", "kept").file("l", "pointer\n").file("ä b", "1");
    fs::set_permissions(repo.path().join("run"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("f", repo.path().join("link")).unwrap();
    symlink("/etc/passwd", repo.path().join("out")).unwrap();
    let main = repo.commit();
    repo.git(&["tag", "v1"]);
    repo.git(&["tag", "--annotate", "--message=t", "v2"]);
    repo.git(&["checkout", "--quiet", "-b", "feature/x"]);
    let feature = repo.file("f", "two\n").commit_at(1_500_000_100);
    repo.git(&["checkout", "--quiet", "main"]);
    (repo, main, feature)
}

#[test]
fn a_tree_is_checked_out_as_git_does_it() {
    let Some(lab) = Lab::new() else { return };
    let (_, main, _) = usual(&lab);
    let (commit, target) = lab.checkout("/a.git").unwrap();
    assert_eq!((commit.id, commit.name.as_deref()), (main, Some("refs/heads/main")));
    let expect = [
        ".gitattributes",
        "dir/",
        "dir/deep/",
        "dir/deep/g",
        "f",
        "l",
        "link -> f",
        "out -> /etc/passwd",
        "run*",
        "t.crlf",
        "x",
        "ä b",
    ];
    assert_eq!(tree(&target), expect);
    assert_eq!(read(&target.join("t.crlf")), "a\r\n", "attributes of the repository count");
    assert_eq!(read(&target.join("l")), "pointer\n", "filters do not run");
}

#[test]
fn branches_tags_commits_and_directories_are_found() {
    let Some(lab) = Lab::new() else { return };
    let (repo, main, feature) = usual(&lab);
    let tag = repo.git(&["rev-parse", "v2"]);
    let check = |tail: &str, id: &str, content: &str| {
        let (commit, target) = lab.checkout(tail).unwrap_or_else(|error| panic!("{tail}: {error}"));
        assert_eq!(commit.id, id, "{tail}");
        assert_eq!(read(&target.join("f")), content, "{tail}");
    };
    check("/a.git#feature/x", &feature, "two\n");
    check("/a.git?branch=feature/x", &feature, "two\n");
    check("/a.git#v1", &main, "one\n");
    check("/a.git#v2", &main, "one\n");
    check("/a.git?tag=v2", &main, "one\n");
    check(&format!("/a.git#{feature}"), &feature, "two\n");
    check(&format!("/a.git?commit={feature}"), &feature, "two\n");
    check(&format!("/a.git?commit={}&branch=feature/x", &feature[..7]), &feature, "two\n");
    check(&format!("/a.git?commit={}&tag=v2", &tag[..9]), &main, "one\n");
    check(&format!("/a.git?commit={main}&fetch-by-commit=1&branch=no-such"), &main, "one\n");
    let (_, target) = lab.checkout("/a.git#feature/x:dir").unwrap();
    assert_eq!(tree(&target), ["deep/", "deep/g"]);
    let (_, target) = lab.checkout("/a.git?subdir=../dir/deep").unwrap();
    assert_eq!(tree(&target), ["g"]);
}

#[test]
fn what_is_not_there_is_told() {
    let Some(lab) = Lab::new() else { return };
    let (_, main, _) = usual(&lab);
    let check = |tail: &str, message: &str, help: &str| {
        let error = lab.checkout(tail).map(drop).unwrap_err();
        assert!(error.message.contains(message), "{tail}: {}", error.message);
        assert!(error.help.as_deref().unwrap_or_default().contains(help), "{tail}: {:?}", error.help);
    };
    check("/a.git#mian", "no branch or tag `mian`", "did you mean `main`");
    check("/a.git#v3", "no branch or tag `v3`", "did you mean `v1`");
    check(&format!("/a.git#{}", &main[..8]), "no branch or tag", "40 digits");
    check("/a.git#main:dirs", "`dirs` is not in the commit", "did you mean `dir`");
    check("/a.git#main:f", "`f` is not a directory", "");
    check("/a.git#main:link", "`link` is not a directory", "");
    check("/a.git#main:out/x", "`out/x` is not a directory", "");
    check("/a.git?commit=abcdef&branch=main", "and not `abcdef`", "--checksum");
    check("/none.git", "git says", "check the address");
    check("/a.git#aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "has no commit", "fork");
}

#[test]
fn a_commit_that_is_here_needs_no_server() {
    let Some(lab) = Lab::new() else { return };
    let (_, main, _) = usual(&lab);
    lab.checkout("/a.git#v1").unwrap();
    let before = lab.server.count();
    let (_, target) = lab.checkout(&format!("/a.git#{main}")).unwrap();
    assert_eq!(read(&target.join("f")), "one\n");
    assert_eq!(lab.server.count(), before, "the server was asked");
    let reference = lab.reference(&format!("/a.git#{main}"));
    let commit = lab.fetcher().git_commit(&reference, &NoProgress).unwrap();
    assert_eq!(lab.fetcher().git_time(&reference, &commit, &NoProgress).unwrap(), 1_500_000_000);
}

#[test]
fn a_branch_that_moves_and_is_rewritten_is_followed() {
    let Some(lab) = Lab::new() else { return };
    let repo = lab.repo("a.git");
    for round in 0..3 {
        repo.file("f", &format!("{round}"));
        repo.git(&["checkout", "--quiet", "--orphan", &format!("tmp{round}")]);
        repo.commit();
        repo.git(&["branch", "--force", "-M", "main"]);
        let (_, target) = lab.checkout("/a.git#main").unwrap();
        assert_eq!(read(&target.join("f")), format!("{round}"));
    }
    // A name that was a branch becomes a directory of branches.
    repo.git(&["branch", "x"]);
    lab.checkout("/a.git#x").unwrap();
    repo.git(&["branch", "--move", "x", "x/y"]);
    lab.checkout("/a.git#x/y").unwrap();
}

#[test]
fn git_is_kept_the_same_every_time() {
    let Some(lab) = Lab::new() else { return };
    let (repo, main, _) = usual(&lab);
    let tag = repo.git(&["rev-parse", "v2"]);
    let (_, target) = lab.checkout("/a.git?tag=v2&keep-git-dir=1").unwrap();
    let kept = Repository::open(&target);
    assert_eq!(kept.git(&["status", "--porcelain"]), "", "nothing differs from the commit");
    assert_eq!(kept.git(&["rev-parse", "HEAD"]), main);
    assert_eq!(kept.git(&["describe", "--tags"]), "v2");
    assert_eq!(kept.git(&["rev-parse", "refs/tags/v2"]), tag);
    assert_eq!(kept.git(&["log", "--format=%s"]), "m");
    assert_eq!(kept.git(&["config", "remote.origin.url"]), lab.server.url("/a.git"));
    kept.git(&["fsck", "--full"]);
    let (_, again) = lab.checkout("/a.git?tag=v2&keep-git-dir=1").unwrap();
    fs::remove_dir_all(lab.dir.path().join("store")).unwrap();
    let (_, fresh) = lab.checkout("/a.git?tag=v2&keep-git-dir=1").unwrap();
    let pristine = |dir: &Path| {
        let names = tree(dir);
        let content = |name: &String| fs::read(dir.join(name.trim_end_matches('*'))).unwrap_or_default();
        names.iter().map(|name| (name.clone(), content(name))).collect::<Vec<_>>()
    };
    assert!(pristine(&again) == pristine(&fresh), "{:?}", tree(&again));
    assert!(!again.join(".git/hooks").exists() && !again.join(".git/logs").exists());
    let (_, within) = lab.checkout("/a.git?tag=v2&keep-git-dir=1&subdir=dir").unwrap();
    assert_eq!(tree(&within), ["deep/", "deep/g"], "a directory within has no `.git`");
}

/// `outer` with `middle` at `lib/middle`, which has `inner` at `inner`.
fn nested(lab: &Lab) -> (Repository, String) {
    lab.repo("inner.git").file("i", "i\n").commit();
    let middle = lab.repo("middle.git");
    middle.file("m", "m\n").git(&["submodule", "--quiet", "add", "--name", "in", "../inner.git", "inner"]);
    middle.git(&["config", "--file", ".gitmodules", "submodule.in.url", "../inner.git"]);
    middle.commit();
    let outer = lab.repo("outer.git");
    outer.file("o", "o\n").git(&[
        "submodule",
        "--quiet",
        "add",
        "--name",
        "mid/dle",
        "../middle.git",
        "lib/middle",
    ]);
    let main = outer.commit();
    (outer, main)
}

#[test]
fn submodules_are_fetched_with_theirs() {
    let Some(lab) = Lab::new() else { return };
    nested(&lab);
    let all = [
        ".gitmodules",
        "lib/",
        "lib/middle/",
        "lib/middle/.gitmodules",
        "lib/middle/inner/",
        "lib/middle/inner/i",
        "lib/middle/m",
        "o",
    ];
    assert_eq!(tree(&lab.checkout("/outer.git").unwrap().1), all);
    let bare = [".gitmodules", "lib/", "lib/middle/", "o"];
    assert_eq!(tree(&lab.checkout("/outer.git?submodules=false").unwrap().1), bare);
    let within = ["middle/", "middle/.gitmodules", "middle/inner/", "middle/inner/i", "middle/m"];
    assert_eq!(tree(&lab.checkout("/outer.git#main:lib").unwrap().1), within);
    let (_, kept) = lab.checkout("/outer.git?keep-git-dir").unwrap();
    for dir in ["", "lib/middle", "lib/middle/inner"] {
        let repo = Repository::open(&kept.join(dir));
        assert_eq!(repo.git(&["status", "--porcelain"]), "", "{dir}");
        assert_eq!(repo.git(&["log", "--format=%s"]), "m", "{dir}");
    }
    assert_eq!(read(&kept.join("lib/middle/.git")), "gitdir: ../../.git/modules/mid/dle\n");
}

#[test]
fn hostile_submodules_are_refused() {
    let Some(lab) = Lab::new() else { return };
    let (outer, _) = nested(&lab);
    let refused = |key: &str, value: &str, part: &str| {
        outer.git(&["config", "--file", ".gitmodules", key, value]);
        outer.commit();
        let error = lab.checkout("/outer.git").map(drop).unwrap_err();
        assert!(error.message.contains(part), "{value}: {}", error.message);
        assert!(!error.environment, "{value}");
        outer.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    };
    let url = "submodule.mid/dle.url";
    refused(url, "/etc", "is none of");
    refused(url, "file:///etc", "is none of");
    refused(url, "ext::sh -c touch% /tmp/x", "is refused");
    refused(url, "--upload-pack=touch /tmp/x", "is refused");
    refused(url, "../../../../../x", "leads out");
    refused("submodule.mid/dle.path", "elsewhere", "has no address");
    outer.git(&["config", "--file", ".gitmodules", "submodule.mid/dle.update", "none"]);
    outer.commit();
    assert_eq!(tree(&lab.checkout("/outer.git").unwrap().1), [".gitmodules", "lib/", "lib/middle/", "o"]);
    let text =
        read(&outer.path().join(".gitmodules")).replace("mid/dle", "../../x").replace("update = none", "");
    fs::write(outer.path().join(".gitmodules"), text).unwrap();
    outer.commit();
    let error = lab.checkout("/outer.git?keep-git-dir").map(drop).unwrap_err();
    assert!(error.message.contains("cannot be the name"), "{}", error.message);
}

#[test]
fn files_that_would_leave_the_tree_are_refused() {
    let Some(lab) = Lab::new() else { return };
    let repo = lab.repo("a.git");
    repo.file("f", "1").commit();
    let blob = repo.git(&["rev-parse", "HEAD:f"]);
    for (name, kind) in [("..", "tree"), (".", "tree"), (".git", "blob"), (".git", "tree")] {
        // A tree as no git would make it.
        let root = repo.git(&["rev-parse", "HEAD^{tree}"]);
        let (mode, id) = if kind == "tree" { ("40000", &root) } else { ("100644", &blob) };
        let raw: Vec<u8> =
            (0..40).step_by(2).map(|at| u8::from_str_radix(&id[at..at + 2], 16).unwrap()).collect();
        let object = [format!("{mode} {name}\0").as_bytes(), &raw].concat();
        fs::write(repo.path().join(".git/raw"), object).unwrap();
        let object_id = repo.git(&["hash-object", "-t", "tree", "-w", "--literally", ".git/raw"]);
        let commit = repo.git(&["commit-tree", "-m", "evil", &object_id]);
        repo.git(&["branch", "--force", "evil", &commit]);
        let found = lab.checkout("/a.git#evil");
        assert!(found.is_err(), "{name}: {:?}", found.map(|(_, target)| tree(&target)));
    }
    assert!(!lab.dir.path().join("f").exists() && !lab.dir.path().join("store/f").exists());
}

#[test]
fn tokens_and_logins_are_sent_and_do_not_show() {
    if !git_is_here() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let repos = dir.path().join("repos");
    let replies = git_replies(&repos);
    let server = Server::start(move |seen| match seen.header("authorization") {
        Some("basic eC1hY2Nlc3MtdG9rZW46czNjcjN0" | "Basic bWU6czNjcjN0" | "Custom s3cr3t") => replies(seen),
        _ => testkit::Reply::new(401).header("WWW-Authenticate", "Basic realm=x"),
    });
    let repo = Repository::new(&repos.join("a.git"));
    repo.file("f", "1").commit();
    let lab = Lab { dir, server };
    let with = |secrets: &[(&str, &str)]| {
        let secret = |value: &str| Redacted::new(value.as_bytes().to_vec());
        let secrets = secrets.iter().map(|(name, value)| ((*name).to_owned(), secret(value))).collect();
        Fetcher::new(Config { secrets, ..lab.config() })
    };
    let git = lab.reference("/a.git");
    let host = lab.server.address.to_string();
    lab.checkout_with(&with(&[("GIT_AUTH_TOKEN", "s3cr3t")]), &git).unwrap();
    lab.checkout_with(&with(&[(&format!("GIT_AUTH_HEADER.{host}"), "Custom s3cr3t")]), &git).unwrap();
    let login = lab.server.url("/a.git").replace("http://", "http://me:s3cr3t@");
    let (_, target) = lab.checkout_with(&with(&[]), &GitRef::parse(&login, false).unwrap()).unwrap();
    let error = lab.checkout_with(&with(&[]), &git).map(drop).unwrap_err();
    assert!(error.help.as_deref().unwrap().contains("GIT_AUTH_TOKEN"), "{error} {:?}", error.help);
    let error = lab.checkout_with(&with(&[("GIT_AUTH_TOKEN", "wrong")]), &git).map(drop).unwrap_err();
    assert!(!error.message.contains("wrong"), "{error}");
    let mut login = GitRef::parse(&login, false).unwrap();
    login.keep_git_dir = Some(true);
    let (_, kept) = lab.checkout_with(&with(&[]), &login).unwrap();
    for dir in [&lab.dir.path().join("store"), &target, &kept] {
        let found = std::process::Command::new("grep").args(["-rl", "s3cr3t"]).arg(dir).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&found.stdout), "", "the secret was written down");
    }
}

#[test]
fn a_private_authority_is_trusted_when_named() {
    if !git_is_here() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let Some(authority) = Authority::new(dir.path()) else { return };
    let server = Server::start_tls(&authority, git_replies(&dir.path().join("repos")));
    let lab = Lab { dir, server };
    lab.repo("a.git").file("f", "1").commit();
    let git = lab.reference("/a.git");
    let error = lab.checkout_with(&lab.fetcher(), &git).map(drop).unwrap_err();
    assert!(error.message.contains("certificate"), "{error}");
    let mut config = lab.config();
    config.net.ca_bundles = vec![authority.bundle()];
    lab.checkout_with(&Fetcher::new(config), &git).unwrap();
}

#[test]
fn ssh_uses_the_lent_agent_and_nothing_of_the_user() {
    let Some(lab) = Lab::new() else { return };
    lab.repo("a.git").file("f", "1").commit();
    // A program in the place of ssh, which runs the command here as the server would.
    let bin = lab.dir.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let log = lab.dir.path().join("ssh.log");
    let script = format!(
        "#!/bin/sh\necho \"agent=$SSH_AUTH_SOCK\" \"$@\" >> {log}\ncat \"$2\" >> {log}\nfor last; do :; done\ncd {repos} && eval \"git -c safe.directory='*' ${{last#git-}}\"\n",
        log = log.display(),
        repos = lab.dir.path().join("repos").display()
    );
    fs::write(bin.join("ssh"), script).unwrap();
    fs::set_permissions(bin.join("ssh"), fs::Permissions::from_mode(0o755)).unwrap();
    let git = GitRef::parse("git@host.example:a.git", false).unwrap();
    let error = lab.checkout_with(&lab.fetcher(), &git).map(drop).unwrap_err();
    assert!(error.help.as_deref().unwrap().contains("--ssh default"), "{error}");
    let mut config = lab.config();
    config.ssh.insert("default".to_owned(), PathBuf::from("/run/agent.sock"));
    config.known_hosts = vec![PathBuf::from("/home/user one/.ssh/known_hosts")];
    let path = format!("{}:{}", bin.display(), config.env["PATH"]);
    config.env.insert("PATH".to_owned(), path);
    let (_, target) = lab.checkout_with(&Fetcher::new(config), &git).unwrap();
    assert_eq!(read(&target.join("f")), "1");
    let said = read(&log);
    for part in [
        "agent=/run/agent.sock -F ",
        "git@host.example git-upload-pack 'a.git'",
        "IdentityFile none",
        "\"/home/user one/.ssh/known_hosts\"",
        "StrictHostKeyChecking accept-new",
    ] {
        assert!(said.contains(part), "`{part}` is not in {said}");
    }
}

#[test]
fn the_configuration_of_the_user_does_not_count() {
    let Some(lab) = Lab::new() else { return };
    lab.repo("a.git").file("f", "1").commit();
    let home = lab.dir.path().join("home");
    fs::create_dir_all(&home).unwrap();
    let text = format!("[url \"http://127.0.0.1:1/\"]\n\tinsteadOf = {}\n", lab.server.url("/"));
    fs::write(home.join(".gitconfig"), &text).unwrap();
    // Nor does that of a repository above the cache.
    Repository::new(lab.dir.path());
    fs::write(lab.dir.path().join(".git/config"), &text).unwrap();
    let mut config = lab.config();
    config.env.insert("GIT_CONFIG_PARAMETERS".to_owned(), String::new());
    lab.checkout_with(&Fetcher::new(config), &lab.reference("/a.git")).unwrap();
}

#[test]
fn leftovers_of_a_killed_git_do_not_block() {
    let Some(lab) = Lab::new() else { return };
    let repo = lab.repo("a.git");
    repo.file("f", "1").commit();
    lab.checkout("/a.git").unwrap();
    let cache = lab.dir.path().join("store/git");
    let bare = fs::read_dir(&cache)
        .unwrap()
        .flatten()
        .map(|item| item.path())
        .find(|path| path.join("HEAD").exists());
    let bare = bare.unwrap();
    for leftover in ["shallow.lock", "packed-refs.lock", "objects/pack/tmp_pack_x"] {
        fs::write(bare.join(leftover), "").unwrap();
    }
    repo.file("f", "2").commit();
    assert_eq!(read(&lab.checkout("/a.git").unwrap().1.join("f")), "2");
    fs::remove_file(bare.join("HEAD")).unwrap();
    assert_eq!(read(&lab.checkout("/a.git").unwrap().1.join("f")), "2", "a torn repository is made again");
    fs::create_dir_all(bare.with_extension("new")).unwrap();
    fs::remove_dir_all(&bare).unwrap();
    assert_eq!(read(&lab.checkout("/a.git").unwrap().1.join("f")), "2");
}

#[test]
fn many_at_once_share_one_repository() {
    let Some(lab) = Lab::new() else { return };
    let (_, main, feature) = usual(&lab);
    let fetcher = lab.fetcher();
    std::thread::scope(|scope| {
        let one = |tail: String| {
            let (lab, fetcher) = (&lab, &fetcher);
            scope.spawn(move || lab.checkout_with(fetcher, &lab.reference(&tail)).unwrap().0.id)
        };
        let jobs: Vec<_> = (0..6)
            .map(|n| one(if n % 2 == 0 { "/a.git#main".to_owned() } else { "/a.git#feature/x".to_owned() }))
            .collect();
        for (number, job) in jobs.into_iter().enumerate() {
            assert_eq!(job.join().unwrap(), if number % 2 == 0 { main.as_str() } else { &feature });
        }
    });
}

/// Says at once that the build was interrupted.
struct Interrupted(AtomicBool);

impl Progress for Interrupted {
    fn advance(&self, _: u64, _: Option<u64>) {}

    fn line(&self, _: &str) {}

    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn an_interrupt_ends_git() {
    if !git_is_here() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| {
        std::thread::sleep(std::time::Duration::from_secs(20));
        testkit::Reply::new(500)
    });
    let lab = Lab { dir, server };
    let progress = Interrupted(AtomicBool::new(false));
    let begun = std::time::Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(300));
            progress.0.store(true, Ordering::Relaxed);
        });
        let error = lab.fetcher().git_commit(&lab.reference("/a.git"), &progress).unwrap_err();
        assert!(error.message.contains("interrupted"), "{error}");
    });
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}

#[test]
fn a_missing_git_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config {
        cache: dir.path().join("git"),
        env: [("PATH".to_owned(), "/nonexistent".to_owned())].into(),
        ..Config::default()
    };
    let git = GitRef::parse("https://h.example/a.git", false).unwrap();
    let error = Fetcher::new(config).git_commit(&git, &NoProgress).unwrap_err();
    assert!(error.message.contains("no `git` program"), "{error}");
    assert!(error.help.unwrap().contains("install git"));
}
