//! What a project takes from `PyPI`: the exact versions in requirements files (`pip`, "Requirements file format"), and those among the texts of a
//! `setup.py`, which is a program and not run. Ranges name no version, and addresses do not either.

use facts::{Ecosystem, Package};

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "python-requirements",
    revision: 5,
    files: &[Pattern::With("requirements", ".txt"), Pattern::Name("setup.py")],
    reads: Reads::Declared,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let Some(mut text) = file.text(found) else { return };
    // Such a file can be long, and most have neither.
    for (written, meant) in [("\r\n", "\n"), ("\r", "\n"), ("\\\n", " ")] {
        if text.contains(written) {
            text = text.replace(written, meant);
        }
    }
    let push = |line: &str| {
        if let Some((name, version)) = pinned(line) {
            found.push(Package::new(Ecosystem::Pypi, name, version));
        }
    };
    if file.name() == "setup.py" {
        // What stands between quotes, whichever they are; nothing else has the form.
        text.lines().flat_map(|line| line.split(['"', '\''])).for_each(push);
    } else {
        text.lines().for_each(push);
    }
}

/// Name and version of `name[extra] == 1.0 ; marker --hash=… # comment`.
fn pinned(line: &str) -> Option<(&str, &str)> {
    let line = line.split(" #").next()?.split(';').next()?.split(" --").next()?.trim();
    if line.starts_with(['-', '#']) {
        return None;
    }
    // An older spelling has the version in parentheses.
    let line = line.strip_suffix(')').unwrap_or(line);
    let (name, version) = line.split_once("===").or_else(|| line.split_once("=="))?;
    let name = name.trim_end_matches([' ', '(']).split('[').next()?.trim();
    // Of what comes from an address, which may follow, this is the version.
    let version = version.split([',', '#']).next()?.split(" @ ").next()?.trim();
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let is_version = version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+!".contains(&byte));
    (is_name && is_version && !name.is_empty() && !version.is_empty()).then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::check;

    #[test]
    fn exact_versions_are_read() {
        let text = "# a\nflask==2.0.1\nrequests [socks] == 2.28.0 ; python_version > '3' # why\nx>=1\ny==1.*\n-r other.txt\nz==3 \\\n  --hash=sha256:00\n\
                    both[a,b]==1.0;os_name=='x'\nn===1.0rc1\nm==1.0,!=1.1\nat @ https://a/b==1\n-e git+https://a/b@1#egg=c==1\np (==2.0)\n\
                    w == 1!2.0+local\r\nlast==1.0\\\r\n ; python_version < \"3\"\nold==9\rboth2 == 3.7.1 @ git+https://x/y@releases/v3\nc==5# why";
        let expect = [
            "flask 2.0.1",
            "requests 2.28.0",
            "z 3",
            "both 1.0",
            "n 1.0rc1",
            "m 1.0",
            "p 2.0",
            "w 1!2.0+local",
            "last 1.0",
            "old 9",
            "both2 3.7.1",
            "c 5",
        ];
        check(&CATALOGUER, "requirements.txt", text, &expect);
    }

    #[test]
    fn exact_versions_of_a_program_are_read() {
        let text = "setup(name='x', version='1.0', install_requires=['a==1.0; python_version<\"3\"', \"b == v2\", 'c>=1'],\n  tests={'d': ['''e==3''']}, f = g==4)\n";
        check(&CATALOGUER, "setup.py", text, &["a 1.0", "b v2", "e 3"]);
    }
}
