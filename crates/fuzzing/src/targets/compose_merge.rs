//! Compose files that a profile is merged into: whatever their bytes, the result can be read, has what the file had, and merging
//! again adds nothing.

use harden::{Limits, Profile, RunUser, Writable};

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "compose_merge",
    run,
    seeds: &[
        "services:\n  a:\n    image: x\n    cap_drop:\n    - NET_RAW\n    tmpfs: [/run]\n",
        "services:\n  # one\n  a:\n    build: .\n\n    volumes:\n      - x:/y\nvolumes:\n  x:\n",
        "services: {a: {image: x}}\n",
    ],
    words: &[
        "services:\n",
        "  a:\n",
        "    user: ",
        "    tmpfs:\n",
        "    - ",
        "[",
        "]",
        "{}",
        "# x",
        "&a",
        "*a",
        "<<: ",
        "|\n",
        "\r\n",
    ],
};

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let profile = profile();
    let Ok(merged) = harden::merge(&text, &profile, None) else { return };
    assert!(yaml::parse(&merged.text).is_ok_and(|root| root.is_some()), "{}", merged.text);
    if let Ok(again) = harden::merge(&merged.text, &profile, Some(&merged.service)) {
        assert_eq!(again.text, merged.text);
    }
}

fn profile() -> Profile {
    let writable = |path: &str, keep| Writable {
        path: path.to_owned(),
        keep,
        mode: 0o1777,
        owner: None,
        reason: "written".to_owned(),
    };
    Profile {
        image: "x".to_owned(),
        name: "a".to_owned(),
        user: RunUser { uid: 1, gid: 1, reason: "own".to_owned() },
        capabilities: Vec::new(),
        gains_rights: None,
        low_ports: false,
        writable: vec![writable("/data", true), writable("/tmp", false)],
        ports: Vec::new(),
        limits: Limits { memory: 64, pids: 64 },
        health: None,
        notes: Vec::new(),
    }
}
