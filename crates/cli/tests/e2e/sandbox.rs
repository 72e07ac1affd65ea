//! What a step sees and what it cannot do.

use crate::lab::{Lab, is_root};

#[test]
fn a_step_is_confined() {
    let Some(lab) = Lab::new() else { return };
    let ran = lab.build_with(
        "FROM busybox\n\
         RUN test \"$$\" = 1 || test $(ls /proc | grep -c '^[0-9]') -lt 6\n\
         RUN ! mount -t tmpfs none /tmp 2>/dev/null\n\
         RUN ! unshare -U true 2>/dev/null\n\
         RUN ! cat /proc/kcore >/dev/null 2>&1 || test ! -s /proc/kcore\n\
         RUN ! sh -c 'echo 1 > /proc/sys/kernel/dmesg_restrict' 2>/dev/null\n\
         RUN ls /dev | sort > /dev-list\n\
         RUN grep '^Seccomp:' /proc/self/status | grep -q 2\n\
         RUN --network=none test \"$(ls /sys/class/net 2>/dev/null)\" = lo -o -z \"$(ls /sys/class/net 2>/dev/null)\"\n\
         RUN test -z \"$COOPER_TEST_VARIABLE\"\n\
         RUN hostname > /hostname-seen\n",
        &[],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    let devices = lab.sh("cat /dev-list");
    for name in ["null", "zero", "full", "random", "urandom", "tty"] {
        assert!(devices.lines().any(|line| line == name), "{name} is not in {devices}");
    }
    assert!(!devices.contains("sda") && !devices.contains("vda") && !devices.contains("kmsg"), "{devices}");
}

#[test]
fn bytes_of_the_sandbox_are_in_no_layer() {
    let Some(lab) = Lab::new() else { return };
    lab.build("FROM busybox\nRUN true\nRUN echo x > /only\n");
    let list = lab.build_with("FROM busybox\nRUN true\nRUN echo x > /only\n", &["-o", "type=tar,dest=t.tar"]);
    assert_eq!(list.code, 0);
    let names =
        std::process::Command::new("tar").args(["-tf", "t.tar"]).current_dir(lab.path()).output().unwrap();
    let names = String::from_utf8_lossy(&names.stdout).into_owned();
    for path in ["etc/resolv.conf", "etc/hosts", "proc/self", "sys/kernel/", "dev/null", ".dockerenv"] {
        assert!(!names.lines().any(|line| line == path), "{path} was left in the image:\n{names}");
    }
    let manifest = lab.run(&["inspect", "app"]).out;
    assert_eq!(
        manifest.matches("layer ").count(),
        2,
        "a step that changes nothing makes no layer:\n{manifest}"
    );
}

#[test]
fn files_get_the_owners_they_should_have() {
    let Some(lab) = Lab::new() else { return };
    lab.build("FROM busybox\nRUN touch /f && chown 1000:10 /f && chmod 4755 /f\n");
    if is_root() {
        assert_eq!(lab.sh("stat -c '%u %g %a' /f"), "1000 10 4755\n");
    }
}

#[test]
fn what_weakens_the_sandbox_has_to_be_allowed() {
    let Some(lab) = Lab::new() else { return };
    let dockerfile = "FROM busybox\nRUN --security=insecure grep '^Seccomp:' /proc/self/status | grep -q 0\n";
    let refused = lab.build_with(dockerfile, &[]);
    assert_eq!(refused.code, 3, "{}", refused.err);
    assert!(refused.err.contains("`RUN --security=insecure` is not allowed"), "{}", refused.err);
    assert!(refused.err.contains("--allow security.insecure"), "{}", refused.err);
    let allowed = lab.build_with(dockerfile, &["--allow", "security.insecure"]);
    assert_eq!(allowed.code, 0, "{}", allowed.err);
}
