//! Lists of installed packages: whatever their bytes, each package has one version.

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "package_list",
    run,
    seeds: &[
        "Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\nPackage: b\nVersion: 2\n",
        "P:musl\nV:1.2.5-r0\nA:x86_64\n\nP:zlib\nV:1\n",
    ],
    words: &[
        "Package: ",
        "Version: ",
        "Status: ",
        "Architecture: ",
        "P:",
        "V:",
        "A:",
        "\n\n",
        "\n ",
        " installed",
    ],
};

fn run(input: &[u8]) {
    for list in [compare::dpkg(input), compare::apk(input)] {
        assert!(list.len() <= input.len() / 2, "every package takes two lines");
        let twice = [input, b"\n\n", input].concat();
        let doubled = if list.keys().any(|package| package.manager == "apk") {
            compare::apk(&twice)
        } else {
            compare::dpkg(&twice)
        };
        if !list.is_empty() {
            assert_eq!(doubled, list, "a list that is there twice says nothing more");
        }
    }
}
