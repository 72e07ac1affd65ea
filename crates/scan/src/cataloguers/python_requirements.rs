//! What a project takes from `PyPI`: the exact versions in requirements files (`pip`, "Requirements file format").

use facts::{Ecosystem, Package};

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "python-requirements",
    revision: 1,
    files: &[Pattern::Between("requirements", ".txt"), Pattern::End("-requirements.txt")],
    reads: Reads::Declared,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let Some(text) = file.text(found) else { return };
    for line in text.replace("\\\n", " ").lines() {
        if let Some((name, version)) = pinned(line) {
            found.push(Package::new(Ecosystem::Pypi, name, version));
        }
    }
}

/// Name and version of `name[extra] == 1.0 ; marker --hash=… # comment`.
fn pinned(line: &str) -> Option<(&str, &str)> {
    let line = line.split(" #").next()?.split(';').next()?.split(" --").next()?.trim();
    if line.starts_with(['-', '#']) {
        return None;
    }
    let (name, version) = line.split_once("===").or_else(|| line.split_once("=="))?;
    let name = name.split('[').next()?.trim();
    let version = version.split(',').next()?.trim();
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (is_name && !name.is_empty() && !version.is_empty() && !version.contains('*')).then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::check;

    #[test]
    fn exact_versions_are_read() {
        let text = "# a\nflask==2.0.1\nrequests [socks] == 2.28.0 ; python_version > '3' # why\nx>=1\ny==1.*\n-r other.txt\nz==3 \\\n  --hash=sha256:00\n";
        check(&CATALOGUER, "requirements.txt", text, &["flask 2.0.1", "requests 2.28.0", "z 3"]);
    }
}
