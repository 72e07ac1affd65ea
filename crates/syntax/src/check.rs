//! The options of `# check=skip=Rule,…;error=true` (Dockerfile reference, "check").

use crate::mount::truth;

/// How the checks of a build are set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckOptions {
    /// Names of rules that are off; `all` switches every rule off.
    pub skip: Vec<String>,
    /// Names of experimental rules that are on; `all` switches every one of them on.
    pub experimental: Vec<String>,
    /// Whether a finding fails the build.
    pub error: bool,
}

impl CheckOptions {
    /// Reads the options. The error is a lowercase fragment.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut options = Self::default();
        if text.trim().is_empty() {
            return Ok(options);
        }
        for part in text.splitn(3, ';') {
            let (key, value) =
                part.split_once('=').ok_or_else(|| format!("invalid check option `{}`", part.trim()))?;
            match key.trim() {
                "skip" => options.skip = names(value),
                "experimental" => options.experimental = names(value),
                "error" => {
                    let bad = || format!("the check option `error` is true or false, not `{}`", value.trim());
                    options.error = truth(value.trim()).ok_or_else(bad)?;
                }
                other => return Err(format!("invalid check option `{other}`")),
            }
        }
        Ok(options)
    }
}

fn names(list: &str) -> Vec<String> {
    list.split(',').map(|name| name.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_buildkit_reads_them() {
        let read = |text: &str| CheckOptions::parse(text).map(|it| (it.skip.join("|"), it.error));
        assert_eq!(read(""), Ok((String::new(), false)));
        assert_eq!(read("skip=all"), Ok(("all".to_owned(), false)));
        assert_eq!(read(" skip = A , B ; error = 1 "), Ok(("A|B".to_owned(), true)));
        assert_eq!(read("error=true;skip=A;experimental=all"), Ok(("A".to_owned(), true)));
        for text in ["skip", "what=1", "error=maybe", "error", ";", "skip=A;", "Skip=A", "skip=a;error=1;x;y"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
