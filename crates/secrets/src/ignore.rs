//! `.gitleaksignore`: findings that are known, one line each: `path:rule:line`, with a commit before it in those of repositories.

use std::collections::BTreeSet;

/// Findings that are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignored {
    known: BTreeSet<(String, String, u32)>,
}

impl Ignored {
    /// Reads a list. Lines that are none of this form are left out, and counted.
    pub fn parse(text: &str) -> (Self, usize) {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (mut known, mut unknown) = (BTreeSet::new(), 0);
        for line in lines {
            match place(line) {
                Some(place) => drop(known.insert(place)),
                None => unknown += 1,
            }
        }
        (Self { known }, unknown)
    }

    /// Whether a finding is in the list.
    pub fn has(&self, path: &str, rule: &str, line: u32) -> bool {
        self.known.contains(&(clean(path).to_owned(), rule.to_owned(), line))
    }
}

fn place(line: &str) -> Option<(String, String, u32)> {
    let (rest, number) = line.rsplit_once(':')?;
    let (path, rule) = rest.rsplit_once(':')?;
    // A commit says nothing of files.
    let path = match path.split_once(':') {
        Some((commit, path)) if commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            path
        }
        _ => path,
    };
    Some((clean(path).to_owned(), rule.to_owned(), number.trim().parse().ok()?))
}

fn clean(path: &str) -> &str {
    path.trim_start_matches("./").trim_start_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_name_findings() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let text = format!("# known\n\n./a/b:c.txt:jwt:3\n{commit}:x:aws-access-token:1\nnonsense\n");
        let (ignored, unknown) = Ignored::parse(&text);
        assert!(ignored.has("a/b:c.txt", "jwt", 3) && ignored.has("/x", "aws-access-token", 1));
        assert!(!ignored.has("a/b:c.txt", "jwt", 4));
        assert_eq!(unknown, 1);
    }
}
