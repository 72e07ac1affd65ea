//! Files that cataloguers read: whatever their bytes, packages have names, and facts come back from their form in a cache.

use scan::{Content, FileToRead, Found, LayerFacts, Pattern};

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "catalogue",
    run,
    seeds: &[
        "Package: a\nStatus: install ok installed\nVersion: 1\nSource: b (2)\n\n",
        "<project><groupId>a</groupId><artifactId>b</artifactId><version>${v}</version><properties><v>1</v></properties></project>",
        "MZ",
        "\u{7f}ELF",
        "ID=debian\nVERSION_ID=\"12\"\n",
    ],
    words: &["Package: ", "Version: ", "\n\n", "ID=", "\"", "(", ")"],
};

fn run(input: &[u8]) {
    let _ = LayerFacts::decode(input);
    let content = Content::of(input.to_vec());
    for cataloguer in scan::cataloguers() {
        for pattern in cataloguer.files {
            let path = match pattern {
                Pattern::Path(path) | Pattern::Name(path) => (*path).to_owned(),
                Pattern::In(dir, end) | Pattern::Within(dir, end) => format!("{dir}/a{end}"),
                Pattern::End(end) => format!("a{end}"),
                Pattern::With(part, end) => format!("a{part}a{end}"),
                Pattern::Program => "usr/bin/a".to_owned(),
            };
            let mut found = Found::default();
            (cataloguer.read)(
                &FileToRead { path: &path, content: &content, dir: None, scratch: &tempfile::tempfile },
                &mut found,
            );
            assert!(found.packages.iter().all(|package| !package.name.is_empty()), "{path}");
        }
    }
}
