//! Values of `RUN --device` and `--allow`, and descriptions of devices (CDI specification, "JSON Definition").

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "devices",
    run,
    seeds: &[
        "vendor.com/class=name,required",
        "device=vendor.com/class=name,alias=other,network.host",
        r#"{"cdiVersion":"0.6.0","kind":"vendor.com/class","devices":[{"name":"0","containerEdits":{"env":["A=b"],"deviceNodes":[{"path":"/dev/null","hostPath":"/dev/zero"}],"mounts":[{"hostPath":"/a","containerPath":"/b","options":["ro"]}],"additionalGids":[5],"hooks":[{}]}}]}"#,
        "kind: vendor.com/class\nannotations:\n  org.mobyproject.buildkit.device.autoallow: \"true\"\ndevices:\n- name: one\n  containerEdits:\n    env: [A=b]\n",
    ],
    words: &[
        "name=",
        "required",
        "device",
        "alias=",
        "kind",
        "devices",
        "containerEdits",
        "deviceNodes",
        "hostPath",
        "path",
        "mounts",
        "options",
        "env",
        "additionalGids",
        "hooks",
        "annotations",
        "\"",
        ":",
        "[",
        "]",
        "{",
        "}",
        "- ",
        "\n  ",
        "&a ",
        "*a",
        ",",
        "=",
    ],
};

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let _ = syntax::parse_device(&text);
    let _ = app::Allow::parse([&*text]);
    for is_json in [true, false] {
        for device in app::devices::described(&text, is_json).unwrap_or_default() {
            assert!(device.name.contains('='), "a name has a kind and what is of it: {}", device.name);
            assert!(device.groups.iter().all(|group| *group != 0), "the group of root is not given away");
        }
    }
}
