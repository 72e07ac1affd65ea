//! What a project takes from Conda: the entries of `dependencies` in `environment.yml`, `name=version=build`. Ranges name no version; what `pip` is to
//! install, which is one level deeper, is mostly a range, too, and left out.

use facts::{Ecosystem, Package};

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "conda-environment",
    revision: 1,
    files: &[Pattern::Name("environment.yml"), Pattern::Name("environment.yaml")],
    reads: Reads::Declared,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let Some(text) = file.short_text(found) else { return };
    // The list may be as deep as its key; how deep it is its first entry tells.
    let (mut within, mut list) = (false, None);
    for line in text.lines().map(|line| line.split(" #").next().unwrap_or_default().trim_end()) {
        let depth = line.len() - line.trim_start().len();
        let Some(entry) = line.trim_start().strip_prefix("- ") else {
            if depth == 0 && !line.is_empty() && !line.starts_with('#') {
                within = line == "dependencies:";
            }
            continue;
        };
        if within && *list.get_or_insert(depth) == depth {
            let (name, version) = split(entry.trim().trim_matches(['"', '\'']));
            found.push(Package::new(Ecosystem::Conda, name, version));
        }
    }
}

/// Name and exact version of `channel::name=1.0=build`, which can be written with blanks and with two `=`, too.
fn split(entry: &str) -> (&str, &str) {
    if entry.ends_with(':') {
        return ("", "");
    }
    let entry = entry.rsplit("::").next().unwrap_or_default();
    let end = entry.find([' ', '=', '<', '>', '!', '~', '[']).unwrap_or(entry.len());
    let (name, rest) = entry.split_at(end);
    let version = rest.trim_start_matches([' ', '=']).split([' ', '=', '[']).next().unwrap_or_default();
    let is_exact = version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+!-".contains(&byte));
    let is_range = rest.contains(['<', '>', '~', '!', ',', '|']);
    (name, if is_exact && !is_range { version } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::check;

    #[test]
    fn exact_versions_are_read() {
        let text = "name: x\nchannels:\n  - defaults\ndependencies:\n  - a=1.0=h1_0\n  - b==2.0 # why\n  - 'c 3.0'\n  - ch::d=4\n  - e\n  - f>=1,<2\n  - g=1.*\n  - pip:\n    - h==1.0\n  - i=1!2.0\nprefix: /x\n";
        let expect = ["a 1.0", "b 2.0", "c 3.0", "d 4", "e ", "f ", "g ", "i "];
        check(&CATALOGUER, "environment.yml", text, &expect);
        check(
            &CATALOGUER,
            "x/environment.yaml",
            "dependencies:\n- a=1.0\n- pip:\n  - b==2\r\n- c",
            &["a 1.0", "c "],
        );
        check(&CATALOGUER, "environment.yml", "services:\n  - a=1\n", &[]);
    }
}
