//! What a build makes.

use crate::lab::Lab;

#[test]
fn a_multi_stage_build_gives_an_image_that_runs() {
    let Some(lab) = Lab::new() else { return };
    lab.file("greeting.txt", "hello\n");
    lab.build(
        "FROM busybox AS build\n\
         ARG WHO=world\n\
         WORKDIR /src\n\
         COPY greeting.txt .\n\
         RUN echo \"$(cat greeting.txt) $WHO\" > out && chmod 640 out\n\
         FROM busybox AS unused\n\
         RUN false\n\
         FROM busybox\n\
         ENV A=1 B=two\n\
         COPY --from=build --chown=app:wheel /src/out /app/out\n\
         USER app\n\
         WORKDIR /app\n\
         ENTRYPOINT [\"cat\"]\n\
         CMD [\"out\"]\n",
    );
    let ran = lab.run(&["run", "app"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "hello world\n"), "{}", ran.err);
    assert_eq!(
        lab.sh("id -u; stat -c '%a %u %g' /app/out; echo $A $B; pwd"),
        "1000\n640 1000 10\n1 two\n/app\n"
    );
}

#[test]
fn the_forms_of_run_and_copy() {
    let Some(lab) = Lab::new() else { return };
    lab.file("tree/a.txt", "a");
    lab.file("tree/sub/b.txt", "b");
    lab.file("tree/sub/skip.log", "x");
    lab.file(".dockerignore", "**/*.log\n");
    lab.build(
        "FROM busybox\n\
         SHELL [\"/bin/sh\", \"-ec\"]\n\
         RUN [\"/bin/sh\", \"-c\", \"echo exec > /exec\"]\n\
         RUN <<EOF\necho one > /heredoc\necho two >> /heredoc\nEOF\n\
         RUN <<EOF\n#!/bin/sh\necho script > /script\nEOF\n\
         COPY <<EOF <<EOT /inline/\nx=$PATH\nEOF\nplain\nEOT\n\
         COPY tree /tree/\n\
         COPY tree/*.txt tree/sub /flat/\n\
         COPY --chmod=u=rwX,go=rX tree/a.txt /renamed\n",
    );
    assert_eq!(lab.sh("cat /exec /heredoc /script"), "exec\none\ntwo\nscript\n");
    assert_eq!(lab.sh("cat /inline/EOT; grep -c usr/sbin /inline/EOF"), "plain\n1\n");
    assert_eq!(
        lab.sh("cd /; find tree flat renamed | sort"),
        "flat\nflat/a.txt\nflat/b.txt\nrenamed\ntree\ntree/a.txt\ntree/sub\ntree/sub/b.txt\n"
    );
}

#[test]
fn mounts_lend_and_leave_nothing() {
    let Some(lab) = Lab::new() else { return };
    lab.file("data/f", "bound");
    std::fs::write(lab.path().join("token"), "s3cr3t-value").unwrap();
    let ran = lab.build_with(
        "FROM busybox AS tools\n\
         RUN echo tool > /tool\n\
         FROM busybox\n\
         RUN --mount=type=bind,source=data,target=/d cp /d/f /copied\n\
         RUN --mount=type=bind,from=tools,source=/tool,target=/t/tool cat /t/tool > /from-stage\n\
         RUN --mount=type=bind,target=/ctx,rw echo gone > /ctx/data/new && test -f /ctx/data/new\n\
         RUN --mount=type=cache,target=/cache echo 1 >> /cache/count; cat /cache/count > /count\n\
         RUN --mount=type=tmpfs,target=/scratch echo x > /scratch/y && test -f /scratch/y\n\
         RUN --mount=type=secret,id=token wc -c < /run/secrets/token > /length\n\
         RUN --mount=type=secret,id=token,env=TOKEN test ${#TOKEN} = 12\n\
         RUN test ! -e /d && test ! -e /run/secrets/token && test -z \"$(ls /cache 2>/dev/null)\"\n",
        &["--secret", "id=token,src=token"],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(lab.sh("cat /copied; echo; cat /from-stage /count /length"), "bound\ntool\n1\n12\n");
    assert_eq!(lab.sh("ls -d /d /t /ctx /cache /scratch /run 2>/dev/null; true"), "");
    assert!(!lab.context().join("data/new").exists(), "a write into a bind mount reached the context");
    let store = std::process::Command::new("grep")
        .args(["-rl", "s3cr3t-value"])
        .arg(lab.path().join("store"))
        .output();
    assert_eq!(String::from_utf8_lossy(&store.unwrap().stdout), "", "the secret is in the store");
}

#[test]
fn a_step_may_do_what_another_did_before() {
    let Some(lab) = Lab::new() else { return };
    lab.file("f", "1");
    lab.build("FROM busybox\nCOPY f /d/\nRUN rm /d/f\nCOPY f /d/\nRUN cat /d/f > /seen\n");
    assert_eq!(lab.sh("cat /seen /d/f"), "11");
}

#[test]
fn scopes_of_arguments() {
    let Some(lab) = Lab::new() else { return };
    let ran = lab.build_with(
        "ARG BASE=busybox\n\
         ARG VERSION=1\n\
         FROM $BASE AS one\n\
         RUN echo \"unset:${VERSION:-no}\" > /a\n\
         ARG VERSION\n\
         ARG EXTRA=${VERSION}x\n\
         RUN echo \"$VERSION $EXTRA $TARGETARCH\" >> /a\n\
         FROM one\n\
         ARG TARGETARCH\n\
         RUN echo \"$VERSION $TARGETARCH\" >> /a\n",
        &["--build-arg", "VERSION=2"],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    let arch = if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" };
    assert_eq!(lab.sh("cat /a"), format!("unset:no\n2 2x \n2 {arch}\n"));
}

#[test]
fn triggers_of_a_base_stage_run_in_the_child() {
    let Some(lab) = Lab::new() else { return };
    lab.file("f", "1");
    lab.build(
        "FROM busybox AS base\nONBUILD COPY f /f\nONBUILD RUN echo ran > /ran\nFROM base\nRUN cat /f /ran\n",
    );
    assert_eq!(lab.sh("cat /f /ran"), "1ran\n");
}

#[test]
fn independent_stages_run_side_by_side() {
    let Some(lab) = Lab::new() else { return };
    let stages: String =
        (0..4).map(|n| format!("FROM busybox AS s{n}\nRUN sleep 1; echo {n} > /o{n}\n")).collect();
    let copies: String = (0..4).map(|n| format!("COPY --from=s{n} /o{n} /\n")).collect();
    lab.build("FROM busybox\n");
    let begun = std::time::Instant::now();
    lab.build(&format!("{stages}FROM busybox\n{copies}"));
    assert!(begun.elapsed().as_secs_f64() < 3.0, "four stages of one second took {:?}", begun.elapsed());
}

#[test]
fn the_configuration_is_complete() {
    let Some(lab) = Lab::new() else { return };
    lab.build(
        "FROM busybox\n\
         LABEL a=b \"c d\"=e\n\
         EXPOSE 80 53/udp 8000-8001\n\
         VOLUME /data [\"/more\"]\n\
         STOPSIGNAL SIGUSR1\n\
         HEALTHCHECK --interval=5s --retries=2 CMD test -f /ok\n\
         USER app\n\
         WORKDIR /w\n\
         CMD echo hi\n",
    );
    let text = lab.run(&["inspect", "--config", "app"]).out;
    let config: serde_json::Value = serde_json::from_str(&text).unwrap();
    let config = &config["config"];
    assert_eq!(config["Labels"], serde_json::json!({ "a": "b", "c d": "e" }));
    assert_eq!(
        config["ExposedPorts"],
        serde_json::json!({ "53/udp": {}, "80/tcp": {}, "8000/tcp": {}, "8001/tcp": {} })
    );
    assert_eq!(config["StopSignal"], "SIGUSR1");
    assert_eq!(config["Healthcheck"]["Test"], serde_json::json!(["CMD-SHELL", "test -f /ok"]));
    assert_eq!(config["Healthcheck"]["Interval"], 5_000_000_000_u64);
    assert_eq!((&config["User"], &config["WorkingDir"]), (&"app".into(), &"/w".into()));
    assert_eq!(config["Cmd"], serde_json::json!(["/bin/sh", "-c", "echo hi"]));
}
