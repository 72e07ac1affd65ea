//! `cooper.toml`.

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "configuration",
    run,
    seeds: &[
        "[build]\njobs = 4\nca-bundle = \"host\"\n[build.contexts]\n\"a:b\" = \"oci-layout:///x\"\n[lint]\nignore = [\"CO303\"]\n",
    ],
    words: &[
        "[build]",
        "[registry]",
        "[lint]",
        "[registry.mirrors]",
        "=",
        "\"",
        "'''",
        "[",
        "]",
        "\n",
        "true",
        "1e9",
        "{",
        "}",
        ".",
    ],
};

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let _ = app::Settings::parse("cooper.toml", &text);
}
