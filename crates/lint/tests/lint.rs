//! The engine as its users see it: options, pragmas, places, and the flow between stages.

use cooper_lint::{LintOptions, find_rule, lint, rules};
use facts::Severity;

/// Rules whose findings these tests know; others come and go.
fn base() -> LintOptions<'static> {
    let known = [
        "CO101", "CO102", "CO201", "CO203", "CO205", "CO301", "CO302", "CO402", "CO404", "CO407", "CO408",
        "CO501",
    ];
    LintOptions { select: known.map(str::to_owned).to_vec(), ..LintOptions::default() }
}

fn codes(text: &str, options: &LintOptions<'_>) -> Vec<&'static str> {
    lint("Dockerfile", text, options).into_iter().map(|finding| finding.code).collect()
}

fn check(text: &str, expect: &[&str]) {
    assert_eq!(codes(text, &base()), expect, "{text}");
}

#[test]
fn findings_are_in_the_order_of_the_text() {
    check("FROM debian:latest\nRUN sudo a && curl -k x\nUSER root\n", &["CO302", "CO404", "CO408", "CO501"]);
    check("FROM debian:12\nUSER 1\n", &[]);
    check("", &["CO001"]);
}

#[test]
fn a_part_of_a_dockerfile_is_read_as_a_stage() {
    let options = LintOptions::default();
    assert_eq!(
        codes("ARG A\nRUN sudo $A $B\nCOPY a b c\n", &options),
        ["CO004", "CO404", "CO901", "CO702", "CO703"]
    );
    let options = LintOptions { complete: true, ..options };
    assert_eq!(codes("RUN sudo x\n", &options), ["CO002", "CO004"], "a build refuses it");
}

#[test]
fn places_are_exact_across_continuation_lines_and_heredocs() {
    let places = |text: &str| -> Vec<String> {
        let found = lint("Dockerfile", text, &base());
        found.iter().map(|finding| finding.primary.range.slice(text).to_owned()).collect()
    };
    assert_eq!(places("FROM a:1\nRUN x \\\n  # why\n  && sudo \\\n y\n"), ["sudo"]);
    assert_eq!(places("FROM a:1\nRUN <<EOF\nset -e\nchmod 777 /x\nEOF\n"), ["777"]);
    assert_eq!(places("FROM a:1\nRUN <<-EOF\n\tset -e\n\t\tchmod 777 /x\n\tEOF\n"), ["777"]);
    assert_eq!(places("FROM a:1\nRUN [\"sudo\", \"x\"]\n"), ["\"sudo\""]);
    assert_eq!(places("FROM a:1\nRUN [\"sh\", \"-c\", \"a \\\"b\\\" && sudo x\"]\n"), ["sudo"]);
    assert_eq!(places("FROM a:1\nRUN bash -c \"a \\\"b\\\" \\\n && sh -c 'sudo x'\"\n"), ["sudo"]);
    assert_eq!(places("FROM a:1\nRUN curl u://h \\\n | sh\n"), ["curl u://h \\\n | sh"]);
}

#[test]
fn the_shell_of_a_stage_says_how_its_steps_are_read() {
    check(
        "FROM a:1\nSHELL [\"/bin/bash\", \"-c\"]\nRUN if [[ -f x && -f y ]]; then sudo z; fi\n",
        &["CO404"],
    );
    check("FROM a:1\nSHELL [\"pwsh\", \"-c\"]\nRUN sudo x\n", &[]);
    check("FROM a:1\nRUN <<EOF\n#!/usr/bin/env python3\nsudo (1)\nEOF\n", &[]);
    check("FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\nRUN sudo x\n", &[]);
}

#[test]
fn directories_of_subshells_end_with_them() {
    let finding = |run: &str| {
        let text = format!(
            "FROM a:1 AS b\nWORKDIR /src\nRUN {run}\nFROM scratch\nCOPY --from=b /app /app\nUSER 1\n"
        );
        let found = lint("Dockerfile", &text, &base());
        found.into_iter().find(|finding| finding.code == "CO205").map(|finding| finding.message)
    };
    let made = |path: &str| Some(format!("`/app` is not created: the file is written to `{path}`"));
    assert_eq!(finding("go build -o app"), made("/src/app"));
    assert_eq!(finding("(cd x && true) && go build -o app"), made("/src/app"));
    assert_eq!(finding("cd x && go build -o app"), made("/src/x/app"));
    assert_eq!(finding("sh -c 'cd y && go build -o app'"), made("/src/y/app"));
    assert_eq!(finding("cd / && go build -o app"), None);
}

#[test]
fn rules_are_switched_by_code_name_and_alias() {
    let text = "FROM debian\nUSER 1\n";
    for name in ["CO301", "untagged-image", "dl3006"] {
        let options = LintOptions { ignore: vec![name.to_owned()], ..base() };
        assert_eq!(codes(text, &options), [""; 0], "{name}");
    }
    let options = LintOptions { enable: vec!["unpinned-image".to_owned()], ..base() };
    assert_eq!(codes(text, &options), ["CO301", "CO303"]);
    assert_eq!(find_rule("dl3004").map(|rule| rule.name), Some("sudo"));
    assert!(find_rule("").is_none());
    assert!(rules().iter().any(|rule| !rule.enabled));
}

#[test]
fn pragmas_hide_findings_of_an_instruction_a_stage_or_the_file() {
    let body = "FROM debian\nRUN sudo x\nFROM debian\nRUN sudo x\n";
    check(body, &["CO201", "CO301", "CO404", "CO301", "CO404"]);
    check(
        &body.replacen("RUN", "# cooper: ignore=sudo it has to be\nRUN", 1),
        &["CO201", "CO301", "CO301", "CO404"],
    );
    check(
        &body.replacen("RUN", "# hadolint ignore=DL3004,DL3006\nRUN", 1),
        &["CO201", "CO301", "CO301", "CO404"],
    );
    check(&format!("# cooper: stage ignore=sudo,CO201,CO301\n{body}"), &["CO301", "CO404"]);
    check(&format!("# hadolint global ignore=DL3004\n{body}"), &["CO201", "CO301", "CO301"]);
    check("# check=skip=SecretsUsedInArgOrEnv\nFROM a:1\nARG TOKEN\n", &[]);
    check("# check=skip=all\nFROM a:1\nARG TOKEN\n", &[]);
    check("FROM a:1\n# check=skip=all\nARG TOKEN\n", &["CO101"]);
    check("# why\n# check=skip=all\nFROM a:1\nARG TOKEN\n", &["CO101"]);
    check("\u{feff}#!/usr/bin/env cooper\n# check=skip=all why\nFROM a:1\nARG TOKEN\n", &[]);
    check("FROM a:1\n# cooper: ignore=CO001\nNONSENSE\n", &["CO001"]);
}

#[test]
fn pragmas_of_other_tools_hide_what_these_call_so() {
    let bad = "FROM debian\nRUN sudo x\n";
    let hides = |comment: &str, hidden: &str| {
        let text = bad.replacen("RUN", &format!("# {comment}\nRUN"), 1);
        let left = codes(&text, &base());
        assert!(!left.contains(&hidden), "{comment}: {left:?}");
        assert!(!left.is_empty(), "{comment} hides all");
    };
    hides("hadolint ignore=DL3004", "CO404");
    hides("trivy:ignore:AVD-DS-0010", "CO404");
    hides("trivy:ignore:DS010", "CO404");
    hides("checkov:skip=CKV2_DOCKER_1:it has to be", "CO404");
    hides("nosemgrep", "CO404");
    hides("cooper: ignore-file=untagged-image why", "CO301");
    for text in
        ["FROM debian\nRUN sudo x # nosemgrep\n", "FROM debian\nRUN a \\\n # cooper: ignore=sudo\n sudo b\n"]
    {
        check(text, &["CO301"]);
    }
    // hadolint finds the second of two, cooper the first.
    let two = |above_first: &str, above_second: &str| {
        let text = format!("FROM a:1\n{above_first}CMD [\"x\"]\n{above_second}CMD [\"y\"]\n");
        let options = LintOptions { select: vec!["multiple-cmd".to_owned()], ..base() };
        !codes(&text, &options).is_empty()
    };
    assert!(!two("", "# hadolint ignore=DL4003\n"));
    assert!(two("# hadolint ignore=DL4003\n", ""));
    assert!(two("", "# cooper: ignore=DL4003\n"));
    assert!(!two("# cooper: ignore=DL4003\n", ""));
    let options = LintOptions { no_pragmas: true, ..base() };
    assert_eq!(codes("FROM debian\n# hadolint ignore=DL3004\nRUN sudo x\n", &options), ["CO301", "CO404"]);
}

#[test]
fn what_is_said_for_buildkit_is_what_buildkit_says() {
    let details = |text: &str| -> Vec<String> {
        let found = lint("Dockerfile", text, &LintOptions::default());
        found.into_iter().filter_map(|finding| Some(finding.buildkit?.detail)).collect()
    };
    let only_last =
        "instructions should not be used in the same stage because only the last one will be used";
    for (text, expect) in [
        ("FROM debian:12\nCMD [\"a\"]\nCMD [\"b\"]\n", vec![format!("Multiple CMD {only_last}")]),
        ("FROM debian:12\nWORKDIR /a\nWORKDIR b\n", vec![]),
        (
            "FROM debian:12\nWORKDIR $DIR\n",
            vec![
                "Relative workdir \"\" can have unexpected results if the base image changes".to_owned(),
                "Usage of undefined variable '$DIR'".to_owned(),
            ],
        ),
        ("# check=skip=all\n# no\nFROM debian:12 AS a\n", vec![]),
        (
            "# check=skip=all;experimental=all\n# no\nFROM debian:12 AS a\n",
            vec!["Comment for FROM should follow the format: `# a <description>`".to_owned()],
        ),
    ] {
        assert_eq!(details(text), expect, "{text}");
    }
}

#[test]
fn rules_are_selected_by_beginnings_and_aliases_and_graded() {
    let text = "FROM debian\nRUN sudo x\n";
    let select = |names: &[&str]| LintOptions {
        select: names.iter().map(|name| (*name).to_owned()).collect(),
        ..LintOptions::default()
    };
    assert_eq!(codes(text, &select(&["CO4"])), ["CO404"]);
    assert_eq!(codes(text, &select(&["DL3004", "dl3006"])), ["CO301", "CO404"]);
    assert_eq!(codes(text, &select(&["CKV2_"])), ["CO404"]);
    let graded = LintOptions { severities: vec![("DL3004".to_owned(), Severity::Style)], ..base() };
    let found = lint("Dockerfile", text, &graded);
    assert!(found.iter().any(|finding| finding.code == "CO404" && finding.severity == Severity::Style));
}

#[test]
fn with_a_target_only_what_it_needs_is_reported() {
    let text = "FROM debian AS a\nFROM alpine AS b\nFROM a AS c\n";
    let target = |name: &str| LintOptions { target: Some(name.to_owned()), ..base() };
    let found = lint("Dockerfile", text, &target("c"));
    assert_eq!(found.iter().map(|finding| finding.primary.range.slice(text)).collect::<Vec<_>>(), ["debian"]);
    assert_eq!(codes("FROM a:1 AS a\n", &target("nope")), ["CO002"]);
}

#[test]
fn build_arguments_decide_what_a_name_means() {
    let text = "ARG V=latest\nFROM debian:$V\nUSER 1\n";
    assert_eq!(codes(text, &base()), ["CO302"]);
    let build_args = [("V".to_owned(), "12".to_owned())].into();
    assert_eq!(codes(text, &LintOptions { build_args, ..base() }), [""; 0]);
    check("ARG V\nFROM debian:$V\nUSER 1\n", &[]);
}

#[test]
fn an_error_is_said_once() {
    check("FROM\n", &["CO001"]);
    check("FROM debian:12 AS x\nCOPY --from=x /a /b\nUSER 1\n", &["CO203"]);
    check("RUN x\nFROM a:1\n", &["CO004"]);
    check("FROM debian:12 AS base\nFROM BASE\nUSER 1\n", &["CO002"]);
}

#[test]
fn a_secret_is_followed_through_copies_and_stages() {
    let text = "FROM a:1 AS one\nARG TOKEN\nWORKDIR /w\nRUN cd sub && echo $TOKEN | tee .rc\n\
                FROM scratch AS two\nCOPY --from=one /w/sub /all/\n\
                FROM two AS three\n\
                FROM a:1\nCOPY --from=three /all/.rc /etc/rc\nUSER 1\n";
    let found = lint("Dockerfile", text, &base());
    let leak = found.iter().find(|finding| finding.code == "CO102").unwrap();
    assert!(leak.message.contains("`/w/sub/.rc`"), "{}", leak.message);
    let ways: Vec<_> = leak.related.iter().map(|(place, _)| place.range.slice(text)).collect();
    assert_eq!(ways, ["/w/sub", "/all/.rc"]);

    let stays = text.replace("/all/.rc /etc", "/all/other /etc");
    assert!(lint("Dockerfile", &stays, &base()).iter().all(|finding| finding.code != "CO102"));
    let deleted = text.replace("FROM scratch AS two", "RUN rm -rf /w/sub/.rc\nFROM scratch AS two");
    assert!(lint("Dockerfile", &deleted, &base()).iter().all(|finding| finding.code != "CO102"));
}

#[test]
fn secrets_are_as_bad_as_buildkit_has_them_wherever_they_are() {
    let first = |text: &str| lint("Dockerfile", text, &base()).swap_remove(0);
    let shipped = first("FROM a:1\nARG TOKEN\n");
    assert!(shipped.message.contains("history of the image"), "{}", shipped.message);
    let built = first("FROM a:1 AS x\nARG TOKEN\nFROM a:1\nCOPY --from=x /y /y\n");
    assert!(built.message.contains("build cache"), "{}", built.message);
    assert_eq!((shipped.severity, built.severity), (Severity::Warning, Severity::Warning));
}

#[test]
fn scripts_that_a_shell_reads_are_checked() {
    let places = |text: &str| -> Vec<String> {
        let found = lint("Dockerfile", text, &base());
        let sudo = found.iter().filter(|finding| finding.rule == "sudo");
        sudo.map(|finding| finding.primary.range.slice(text).to_owned()).collect()
    };
    assert_eq!(places("FROM a:1\nRUN <<EOF bash\nset -e\nsudo a\nEOF\n"), ["sudo"]);
    assert_eq!(places("FROM a:1\nRUN bash -e <<'EOF'\nsudo b\nEOF\n"), ["sudo"]);
    assert_eq!(places("FROM a:1\nRUN <<EOF cat > /x\nsudo a\nEOF\n"), [""; 0]);
}

#[test]
fn no_text_makes_it_panic() {
    let seeds = [
        "FROM a AS b\nRUN --mount=type=secret,id=x cp /run/secrets/x $(a `b` ${c:-d}) > 'e\nCOPY --from=b / /\n",
        "ARG A=${B\nFROM $A\nENV X=\"$Y\nRUN <<E\nsudo $((1\nE\nSHELL [\"pwsh\"]\nRUN x\nUSER $U:$G\n",
        "FROM scratch\nADD https://é/ü /\nRUN [\"sh\",\"-c\",\"curl é://x | sh\"]\nONBUILD RUN é\n",
    ];
    for seed in seeds {
        for (cut, _) in seed.char_indices() {
            for text in [&seed[..cut], &seed[cut..]] {
                for finding in lint("Dockerfile", text, &base()) {
                    let range = finding.primary.range.range();
                    assert!(
                        text.get(range).is_some(),
                        "{} at {:?} in {text:?}",
                        finding.code,
                        finding.primary.range
                    );
                }
            }
        }
    }
}

#[test]
fn what_ends_a_build_is_told_beside_the_checks_that_buildkit_makes_before() {
    let checks = |text: &str| -> Vec<&str> {
        let found = lint("Dockerfile", text, &LintOptions::default());
        found.into_iter().filter(|finding| finding.buildkit.is_some()).map(|finding| finding.rule).collect()
    };
    assert_eq!(checks("FROM a:1\nUSER 1\nMAINTAINER\n"), ["maintainer"]);
    assert_eq!(checks("FROM a:1\nUSER 1\nENV \"A\" b\n"), ["legacy-key-value"]);
    assert_eq!(checks("FROM a:1\nUSER 1\nENV \"A B\" c\n"), [""; 0]);
}

#[test]
fn findings_have_the_codes_of_other_tools_only_where_these_make_them() {
    let code = |text: &str, begin: &str| {
        let found = lint("Dockerfile", text, &LintOptions::default());
        found.iter().any(|finding| finding.aliases.iter().any(|alias| alias.starts_with(begin)))
    };
    let rule = |text: &str, rule: &str| {
        lint("Dockerfile", text, &LintOptions::default()).iter().any(|finding| finding.rule == rule)
    };
    for (text, name, begin) in [
        ("RUN apt install -y x", "apt-version-unpinned", "DL3008"),
        ("RUN sudo apt-get install x", "apt-without-yes", "DL3014"),
        ("RUN sh -c 'apt-get install x'", "apt-without-yes", "DL3014"),
        ("ENV SSH_PASSPHRASE=hunter2", "secret-in-arg-or-env", "DL3064"),
        ("ONBUILD ADD x /y", "add-instead-of-copy", "DL3020"),
        ("USER 0", "root-user", "CKV_DOCKER_8"),
        ("ONBUILD ADD x /y", "add-instead-of-copy", "CKV_DOCKER_4"),
        ("FROM debian:12\nWORKDIR $NAME", "relative-workdir", "CKV_DOCKER_10"),
        ("RUN npm config --global set strict-ssl false", "tls-check-disabled", "CKV2_DOCKER_13"),
        ("RUN usermod -p x app", "password-command", "CKV2_DOCKER_17"),
        ("RUN git config --global http.sslVerify false", "tls-check-disabled", "CKV2_DOCKER_14"),
        ("RUN yum install -y x && rm -rf /tmp/x", "yum-cache-kept", "DL3032"),
        ("RUN gem install --no-ri --no-rdoc --force x", "gem-version-unpinned", "DL3028"),
    ] {
        let text = format!("FROM a:1\n{text}\n");
        assert!(rule(&text, name) && !code(&text, begin), "{text}");
    }
    let text = "ARG REGISTRY\nFROM $REGISTRY/x\n";
    assert!(rule(text, "untagged-image") && !code(text, "DL3006"));
    for (text, begin) in [
        ("RUN yum clean all && yum install -y x && rm -rf /tmp/x", "DL3032"),
        ("RUN yarn install && rm -rf /tmp/x", "DL3060"),
        ("RUN gem install --no-ri --no-rdoc x", "DL3028"),
        ("FROM $NAME:latest", "DL3007"),
        ("RUN npm set strict-ssl false", "CKV2_DOCKER_13"),
        ("RUN npm config set strict-ssl=false", "CKV2_DOCKER_13"),
    ] {
        assert!(code(&format!("FROM a:1\n{text}\n"), begin), "{text}");
    }
}
