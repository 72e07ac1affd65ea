//! What is read from commands.

use crate::LintOptions;
use crate::context::Context;
use crate::model::Scripts;
use stage::StageGraph;

/// Manager, verb, and the packages with their pins of the first call of a RUN.
fn read(run: &str) -> String {
    let text = format!("FROM debian:12\nENV V=1.2 LIST=\"a b=1\"\nRUN {run}\n");
    let parse = syntax::parse(&text);
    let statements: Vec<_> = parse.instructions().map(|item| item.statement(&parse)).collect();
    let options = LintOptions::default();
    let platform = image::Platform::new("linux", "amd64", None);
    let graph_options = stage::Options {
        platform: platform.clone(),
        build_platform: platform,
        all_stages: true,
        ..Default::default()
    };
    let graph = StageGraph::with_statements(&parse, &statements, &graph_options);
    let scripts = Scripts::new(&parse, &statements, &graph);
    let context = Context::new(&parse, &statements, &graph, &scripts, Vec::new(), &options);
    let mut calls = context.steps().filter_map(|step| Some((step, step.run()?)));
    let Some((step, call)) = calls.find_map(|(step, run)| Some((step, run.calls().next()?))) else {
        return String::new();
    };
    let packages: Vec<String> =
        call.packages(step).iter().map(|package| format!("{}:{:?}", package.text, package.pin)).collect();
    format!("{} {:?} [{}]", call.manager().name, call.verb(), packages.join(" "))
}

#[test]
fn verbs_and_packages_are_read() {
    for (run, expect) in [
        (
            "apt-get -o A=b install -y -t bookworm curl git=1:2.39 ./x.deb",
            "apt Install [curl:None git=1:2.39:Version ./x.deb:Local]",
        ),
        ("sudo DEBIAN_FRONTEND=x apt-get -qq update", "apt Refresh []"),
        (
            "apk --no-cache add -t .deps gcc musl-dev~1 '!x'",
            "apk Install [gcc:None musl-dev~1:Version !x:Version]",
        ),
        (
            "dnf5 install -y --enablerepo crb vim-9.0 git nodejs:20 http://h/x.rpm",
            "dnf Install [vim-9.0:Version git:None nodejs:20:Version http://h/x.rpm:Remote]",
        ),
        ("yum group install -y x", "yum Install [x:None]"),
        ("zypper -n in -t pattern x y=1", "zypper Install [x:None y=1:Version]"),
        (
            "python3.11 -u -m pip install -U pip 'a>=1' .[dev] git+https://h/x git+https://h/x@v1",
            "pip Install [pip:None a>=1:Version .[dev]:Local git+https://h/x:Channel git+https://h/x@v1:Remote]",
        ),
        ("pip3 install -i https://h flask==$V", "pip Install [flask==1.2:Version]"),
        (
            "npm i -g @a/b @a/b@1 c@latest d/e",
            "npm Install [@a/b:None @a/b@1:Version c@latest:Channel d/e:Channel]",
        ),
        ("yarn --frozen-lockfile", "yarn Install []"),
        ("go run ./cmd x", "go Run [./cmd:Local x:None]"),
        ("go install h/x@latest h/y@v1", "go Install [h/x@latest:Channel h/y@v1:Version]"),
        ("uv pip install --system x", "uv Install [x:None]"),
        ("gem install x:1 y -- --with-z", "gem Install [x:1:Version y:None]"),
        ("L='x y=2' && apt-get install $L", "apt Install [x:None y=2:Version]"),
        ("apt-get install $LIST \"$LIST\"", "apt Install [a:None b=1:Version a b=1:Version]"),
        (
            "apt-get install $X x=$X x$X `cat y`",
            "apt Install [\u{fffd}:Unknown x=\u{fffd}:Version x\u{fffd}:Unknown \u{fffd}:Unknown]",
        ),
        ("for p in a b; do apt-get install $p; done", "apt Install [\u{fffd}:Unknown]"),
        ("conda install -c forge x=1 y", "conda Install [x=1:Version y:None]"),
        ("yarn --version", "yarn Other []"),
        ("pacman -Syu --noconfirm git", "pacman Install [git:None]"),
        ("pacman -Scc", "pacman Clean []"),
        ("echo apt-get install x", ""),
    ] {
        assert_eq!(read(run), expect, "{run}");
    }
}

#[test]
fn options_are_found_in_clusters_but_not_in_values() {
    assert_eq!(read("apt-get -yo x install a"), "apt Install [a:None]");
    assert_eq!(read("apt-get -oyt install a"), "apt Install [a:None]");
}
