//! Nothing that was lent to a build gets into what it makes, and what was not lent is nobody's business.

use std::fmt::Write as _;

use crate::lab::{Lab, Ran};

const VALUE: &str = "tok-8f3kQ92mZx4/Lw7+Tb=&\"q";
const KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\n\
    b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n\
    QyNTUxOQAAACBq3Zs8yv1mYt5w7h0Jc2Xr9KpLd4GfQe6NbUiVoTxAaAAAAJh7vQmZe70J\n\
    mQAAAAtzc2gtZWQyNTUxOQAAACBq3Zs8yv1mYt5w7h0Jc2Xr9KpLd4GfQe6NbUiVoTxAaA\n\
    -----END OPENSSH PRIVATE KEY-----\n";
const NPMRC: &str =
    "registry=https://registry.example.org/\n//registry.example.org/:_authToken=npm_Zk3vB8nQ1wX6rT9yU2\n";

/// A lab with the lent values of these tests.
pub(crate) fn lab() -> Option<Lab> {
    let lab = Lab::new()?;
    for (name, text) in [("token", VALUE), ("key", KEY), ("npmrc", NPMRC)] {
        std::fs::write(lab.path().join(name), text).unwrap();
    }
    lab.file("leaked.txt", &format!("a\n{VALUE}\n"));
    lab.file("app.txt", "nothing to see here\n");
    Some(lab)
}

pub(crate) fn build(lab: &Lab, dockerfile: &str, more: &[&str]) -> Ran {
    let lent =
        ["--secret", "id=token,src=token", "--secret", "id=key,src=key", "--secret", "id=npmrc,src=npmrc"];
    lab.build_with(dockerfile, &[&lent[..], more].concat())
}

/// A step with all of the values.
pub(crate) fn step(script: &str) -> String {
    let mounts = "--mount=type=secret,id=token,env=TOKEN --mount=type=secret,id=token --mount=type=secret,id=key \
                  --mount=type=secret,id=npmrc";
    format!("FROM busybox\nRUN {mounts} <<'EOF'\nset -e\nS=/run/secrets\n{script}\nEOF\n")
}

/// Scripts of a step, each of which leaves a lent value behind.
const SCRIPTS: &[&str] = &[
    "cat $S/token > /a",
    "printf %s \"$TOKEN\" > /a",
    "(head -c 70000 /dev/zero; cat $S/token) > /a",
    "(head -c 131070 /dev/zero | tr '\\0' x; echo; cat $S/token) > /a",
    "cp $S/token /etc/a; chmod 0 /etc/a",
    "mkdir -p /deep/er/still; cat $S/token > /deep/er/still/.hidden",
    "echo \"export TOKEN='$TOKEN'\" >> /etc/profile",
    "base64 $S/token > /a",
    "base64 -w 0 $S/token > /a",
    "base64 -w 20 $S/token > /a",
    "(printf 1; cat $S/token) | base64 > /a",
    "(printf 12; cat $S/token) | base64 > /a",
    "base64 $S/token | base64 > /a",
    "base64 -w 0 $S/token | tr '+/' '-_' | tr -d '=' > /a",
    "base64 -w 0 $S/token | tr -d '\\n' | xxd -p > /a",
    "xxd -p $S/token > /a",
    "xxd -p $S/token | tr a-f A-F > /a",
    "xxd $S/token > /a",
    "hexdump -C $S/token > /a",
    "hexdump $S/token > /a",
    "od -An -tx1 $S/token > /a",
    "od -An -tx1 -v $S/token | tr -d ' \\n' > /a",
    "xxd -p $S/token | tr -d '\\n' | sed 's/../\\\\x&/g' > /a",
    "xxd -p $S/token | tr -d '\\n' | sed 's/../%&/g' > /a",
    "xxd -p $S/token | tr -d '\\n' | sed 's/../:&/g' > /a",
    "printf %s \"$TOKEN\" | sed 's/\"/%22/g; s/&/%26/g; s/=/%3D/g; s/+/%2B/g; s#/#%2F#g' > /a",
    "printf '{\"token\":\"%s\"}' \"$(printf %s \"$TOKEN\" | sed 's/\"/\\\\\"/g')\" > /a",
    "printf %s \"$TOKEN\" | sed 's/\"/\\\\u0022/g; s/&/\\\\u0026/g; s#/#\\\\/#g' > /a",
    "printf %s \"$TOKEN\" | sed 's/./&\\n/g' > /a",
    "printf %s \"$TOKEN\" | sed 's/./& /g' > /a",
    "fold -w 7 $S/token > /a",
    "rev $S/token > /a",
    "tr a-zA-Z n-za-mN-ZA-M < $S/token > /a",
    "uuencode -m x < $S/token > /a",
    "uuencode x < $S/token > /a",
    "gzip -c $S/token > /a.gz",
    "(yes filler | head -500; cat $S/token) | gzip > /a",
    "gzip -c $S/token | base64 > /a",
    "gzip -c $S/token | gzip > /a",
    "(echo '#!/bin/sh'; yes filler | head -500 | cat - $S/token | gzip) > /a",
    "bzip2 -c $S/token > /a",
    "(yes filler | head -500; cat $S/token) | bzip2 > /a",
    "cp $S/token /tmp/t; tar cf /a.tar -C /tmp t; rm /tmp/t",
    "cp $S/token /tmp/t; tar czf /a.tgz -C /tmp t; rm /tmp/t",
    "cp $S/token /tmp/t; tar czf /tmp/i.tgz -C /tmp t; tar cf /a.tar -C /tmp i.tgz; rm /tmp/*",
    "cp $S/token /tmp/t; tar czf /tmp/i.tgz -C /tmp t; tar czf /tmp/o.tgz -C /tmp i.tgz; gzip -c /tmp/o.tgz > /a; rm /tmp/*",
    "cp $S/token /tmp/t; tar c -C /tmp t | bzip2 > /a; rm /tmp/t",
    "cp $S/token /tmp/t; tar cz -C /tmp t | base64 > /a; rm /tmp/t",
    "ln -s \"$TOKEN\" /link",
    "ln -s \"https://x:$(base64 -w 0 $S/token)@h\" /link",
    "mkdir -p \"/$(base64 -w 0 $S/token | tr / _)\"",
    "touch \"/$(xxd -p $S/token | tr -d '\\n')\"",
    "cat $S/token > /a; ln /a /b; rm /a",
    "cat $S/key > /id",
    "mkdir -p /root/.ssh; cp $S/key /root/.ssh/id_ed25519",
    "grep -v -e ----- $S/key > /a",
    "tail -n 2 $S/key > /a",
    "tr -d '\\n' < $S/key > /a",
    "sed 's/^/    /' $S/key > /a",
    "tr '\\n' '|' < $S/key | sed 's/|/\\\\n/g' > /a",
    "gzip -c $S/key > /a",
    "base64 $S/key > /a",
    "cp $S/npmrc /root/.npmrc",
    "sed -n 's/.*_authToken=//p' $S/npmrc > /a",
    "sed -n 's/.*_authToken=//p' $S/npmrc | tr -d '\\n' | base64 > /a",
    "cut -c 1-17 $S/token > /a",
    "for n in 1 2 3; do echo $n; done > /a; cat $S/token >> /a",
];

/// Fails when a build is not refused for what it leaks, or says the value.
pub(crate) fn refused(ran: &Ran, what: &str, report: &mut String) {
    let shown = [VALUE, "npm_Zk3vB8nQ1wX6rT9yU2", "mQAAAAtzc2gtZWQyNTUxOQ"]
        .iter()
        .any(|value| ran.err.contains(value) || ran.out.contains(value));
    if ran.code != 3 || !ran.err.contains("secret `") || shown {
        let _ = writeln!(
            report,
            "{what}\n    code {}{}",
            ran.code,
            if shown { ", and shows the value" } else { "" }
        );
        let _ = writeln!(report, "    {}", ran.err.lines().last().unwrap_or_default());
    }
}

#[test]
fn what_a_step_leaves_behind_is_found() {
    let Some(lab) = lab() else { return };
    let mut report = String::new();
    for script in SCRIPTS {
        refused(&build(&lab, &step(script), &[]), script, &mut report);
    }
    assert!(report.is_empty(), "missed:\n{report}");
    let store =
        std::process::Command::new("grep").args(["-rlF", VALUE]).arg(lab.path().join("store")).output();
    assert_eq!(String::from_utf8_lossy(&store.unwrap().stdout), "", "the secret is in the store");
}

/// Instructions that carry a lent value into the image; the value is in `--build-arg ARGUMENT`.
const INSTRUCTIONS: &[&str] = &[
    "COPY leaked.txt /",
    "ADD leaked.txt /dir/",
    "COPY . /src",
    "ARG ARGUMENT\nENV A=$ARGUMENT",
    "ARG ARGUMENT\nRUN true",
    "ARG ARGUMENT",
    "ARG ARGUMENT\nLABEL a=\"x $ARGUMENT\"",
    "ENV A='tok-8f3kQ92mZx4/Lw7+Tb=&\"q'",
    "ENV A=dG9rLThmM2tROTJtWng0L0x3NytUYj0mInE=",
    "ENV A=746f6b2d3866336b5139326d5a78342f4c77372b54623d262271",
    "LABEL a='tok-8f3kQ92mZx4/Lw7+Tb=&\"q'",
    "CMD [\"run\", \"--token\", \"tok-8f3kQ92mZx4/Lw7+Tb=&\\\"q\"]",
    "ENTRYPOINT run --token='tok-8f3kQ92mZx4/Lw7+Tb=&\"q'",
    "HEALTHCHECK CMD check 'tok-8f3kQ92mZx4/Lw7+Tb=&\"q'",
    "ONBUILD RUN login 'tok-8f3kQ92mZx4/Lw7+Tb=&\"q'",
    "RUN echo 'tok-8f3kQ92mZx4/Lw7+Tb=&\"q' | wc -c",
    "WORKDIR /dG9rLThmM2tROTJtWng0L0x3NytUYj0mInE",
    "COPY <<EOF /a\ndG9rLThmM2tROTJtWng0L0x3NytUYj0mInE=\nEOF",
    "VOLUME /dG9rLThmM2tROTJtWng0L0x3NytUYj0mInE",
    "USER dG9rLThmM2tROTJtWng0L0x3NytUYj0mInE",
    "MAINTAINER tok-8f3kQ92mZx4/Lw7+Tb=&\"q",
];

#[test]
fn what_instructions_carry_is_found() {
    let Some(lab) = lab() else { return };
    let mut report = String::new();
    for text in INSTRUCTIONS {
        let argument = format!("ARGUMENT={VALUE}");
        let more: &[&str] = if text.contains("ARG ") { &["--build-arg", &argument] } else { &[] };
        refused(&build(&lab, &format!("FROM busybox\n{text}\n"), more), text, &mut report);
    }
    let label = format!("l={VALUE}");
    refused(&build(&lab, "FROM busybox\n", &["--label", &label]), "--label", &mut report);
    assert!(report.is_empty(), "missed:\n{report}");
}

#[test]
fn stages_and_layers_that_hide_a_value_are_found() {
    let Some(lab) = lab() else { return };
    let mut report = String::new();
    let mount = "RUN --mount=type=secret,id=token";
    for text in [
        format!("FROM busybox\n{mount} cp /run/secrets/token /a\nRUN rm /a\n"),
        format!("FROM busybox AS b\n{mount} cp /run/secrets/token /a\nFROM busybox\nCOPY --from=b /a /b\n"),
        format!(
            "FROM busybox AS b\n{mount} cp /run/secrets/token /a\nFROM scratch\nCOPY --from=b /bin/sh /sh\n"
        ),
        "FROM busybox AS b\nCOPY leaked.txt /\nFROM scratch\nCOPY --from=b / /\n".to_owned(),
        format!(
            "FROM busybox AS b\n{mount} mkdir /x && base64 /run/secrets/token > /x/y\nFROM b\nRUN rm -r /x\n"
        ),
    ] {
        refused(&build(&lab, &text, &[]), &text, &mut report);
    }
    assert!(report.is_empty(), "missed:\n{report}");
}

/// Steps and arguments that leak nothing.
const INNOCENT: &[&str] = &[
    "wc -c < $S/token > /size",
    "test -n \"$TOKEN\" && echo ok > /state",
    "sha256sum $S/token > /sum",
    "cat $S/token > /tmp/t; rm /tmp/t; touch /done",
    "echo tok- > /prefix",
    "echo 'registry=https://registry.example.org/' > /root/.npmrc",
    "head -n 1 $S/key > /header",
    "head -n 2 $S/key > /header",
    "ln -s $S/token /link",
    "echo 'cat /run/secrets/token' > /script",
    "head -c 3000000 /dev/urandom > /random",
    "head -c 300000 /dev/urandom | base64 > /random64",
    "head -c 100000 /dev/urandom | xxd -p > /hex",
    "head -c 3000000 /dev/urandom | gzip > /random.gz",
    "tar cf /all.tar /bin /etc",
    "tar czf /all.tgz /bin",
    "cp -a /bin /bin2",
    "yes password | head -100000 > /words",
    "echo user=npmrc token key > /names",
    "export TOKEN; env | wc -l > /count",
];

#[test]
fn innocent_builds_pass() {
    let Some(lab) = lab() else { return };
    let mut report = String::new();
    let copies = [
        "COPY app.txt /",
        "ENV VERSION=1.2.3 TOKEN_FILE=/run/secrets/token",
        "LABEL token=key",
        "ARG TOKEN\nRUN true",
    ];
    let texts = INNOCENT
        .iter()
        .map(|script| step(script))
        .chain(copies.map(|text| format!("FROM busybox\n{text}\n")));
    for text in texts {
        let ran =
            build(&lab, &text, &["--build-arg", "VERSION=20240131", "--build-arg", "DB_PASSWORD=postgres"]);
        if ran.code != 0 {
            let _ = writeln!(report, "{text}\n    {}", ran.err);
        }
    }
    assert!(report.is_empty(), "false alarms:\n{report}");
}

#[test]
fn a_find_is_told_with_its_place_and_can_be_allowed() {
    let Some(lab) = lab() else { return };
    let text = step("mkdir /tmp/d; cp $S/token /tmp/d/conf; tar czf /etc/x.tgz -C /tmp d/conf; rm -r /tmp/d");
    let ran = build(&lab, &text, &[]);
    for part in [
        "Dockerfile:2",
        "`token`",
        "/etc/x.tgz > (gzip) > d/conf",
        "at byte 0",
        "stage `stage-0`",
        "--allow-leak token:/etc/x.tgz",
    ] {
        assert!(ran.err.contains(part), "`{part}` is not in:\n{}", ran.err);
    }
    let ran = build(&lab, &text, &["--allow-leak", "token:/etc/*.tgz"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("allowed by --allow-leak"), "{}", ran.err);
    // An exception of one build is none of the next.
    assert_eq!(build(&lab, &text, &[]).code, 3);
    assert_eq!(build(&lab, &text, &["--allow-leak", "key:/etc/*.tgz"]).code, 3);
}

#[test]
fn the_cache_hides_nothing() {
    let Some(lab) = lab() else { return };
    let text = format!("FROM busybox\nRUN echo '{}' > /a\n", "dG9rLWFub3RoZXItOXgyTDdxUnQ=");
    // Nothing was lent when the layer was made, then something else, and then what it holds.
    assert_eq!(lab.build_with(&text, &[]).code, 0);
    assert_eq!(build(&lab, &text, &[]).code, 0);
    std::fs::write(lab.path().join("token"), "tok-another-9x2L7qRt\n").unwrap();
    lab.file("a", "tok-another-9x2L7qRt");
    let copied = "FROM busybox\nCOPY a /a\n";
    assert_eq!(lab.build_with(copied, &[]).code, 0);
    for _ in 0..2 {
        let ran = build(&lab, copied, &[]);
        assert_eq!(ran.code, 3, "{}", ran.err);
        assert!(ran.err.contains("`token`") && ran.err.contains("Dockerfile:2"), "{}", ran.err);
    }
}

#[test]
fn arguments_that_look_like_secrets_are_refused() {
    let Some(lab) = lab() else { return };
    let text = "FROM busybox\nARG NPM_TOKEN\nRUN true\n";
    let given = ["--build-arg", "NPM_TOKEN=a8s7d6f5g4"];
    let ran = lab.build_with(text, &given);
    assert_eq!(ran.code, 3, "{}", ran.err);
    for part in ["Dockerfile:2", "`NPM_TOKEN`", "--secret id=npm_token", "--allow-leak build-arg:NPM_TOKEN"] {
        assert!(ran.err.contains(part), "`{part}` is not in:\n{}", ran.err);
    }
    assert!(!ran.err.contains("a8s7d6f5g4"));
    let ran = lab.build_with(text, &[&given[..], &["--allow-leak", "build-arg:NPM_TOKEN"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn logs_are_redacted() {
    let Some(lab) = lab() else { return };
    let ran = build(
        &lab,
        &step(
            "cat $S/token; base64 $S/token; head -c 11 $S/token; sleep 0.2; tail -c +12 $S/token; echo; cat $S/key; echo end; exit 3",
        ),
        &[],
    );
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("***") && ran.err.contains("end"), "{}", ran.err);
    for value in ["tok-8f3kQ92", "dG9rLThm", "Lw7+Tb", "QyNTUxOQAAACBq3Zs8yv1m"] {
        assert!(!ran.err.contains(value), "`{value}` is in:\n{}", ran.err);
    }
}

#[test]
fn weak_values_are_said_not_to_be_searched_for() {
    let Some(lab) = lab() else { return };
    std::fs::write(lab.path().join("token"), "true\n").unwrap();
    let ran = build(&lab, &step("cat $S/token > /a"), &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("`token` is too short or too common"), "{}", ran.err);
}
