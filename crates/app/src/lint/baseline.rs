//! Old findings that are not reported: a file that says how often each was there.

use std::collections::BTreeMap;
use std::path::Path;

use facts::Finding;
use serde::{Deserialize, Serialize};

use crate::AppError;

/// A baseline file. Findings are known by their file, their rule and the line they begin in, without its blanks, so that
/// lines above may come and go.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Baseline {
    version: u32,
    findings: Vec<Known>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    file: String,
    code: String,
    line: String,
    count: usize,
}

type Key = (String, String, String);

impl Baseline {
    pub(crate) fn load(path: &Path) -> Result<Self, AppError> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            AppError::usage(format!("failed to read the baseline `{shown}`: {error}"))
                .help("make one with `cooper lint --baseline FILE --update-baseline`")
        })?;
        let found: Self = serde_json::from_str(&text)
            .map_err(|error| AppError::usage(format!("`{shown}` is not a baseline: {error}")))?;
        if found.version != 1 {
            return Err(AppError::usage(format!(
                "`{shown}` is a baseline of version {}, not 1",
                found.version
            )));
        }
        Ok(found)
    }

    /// The findings there are now.
    pub(crate) fn of(files: &[(String, String)], findings: &[Finding]) -> Self {
        let mut counts: BTreeMap<Key, usize> = BTreeMap::new();
        for finding in findings {
            *counts.entry(key(files, finding)).or_default() += 1;
        }
        let known = counts.into_iter().map(|((file, code, line), count)| Known { file, code, line, count });
        Self { version: 1, findings: known.collect() }
    }

    pub(crate) fn save(&self, path: &Path) -> Result<(), AppError> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| AppError::environment(error.to_string()))?
            + "\n";
        kit::write_atomic(path, text.as_bytes())
            .map_err(|error| AppError::environment(format!("failed to write `{}`: {error}", path.display())))
    }

    /// Removes what was there before; how many that were.
    pub(crate) fn hide(&self, files: &[(String, String)], findings: &mut Vec<Finding>) -> usize {
        let mut left: BTreeMap<Key, usize> = BTreeMap::new();
        for known in &self.findings {
            *left.entry((known.file.clone(), known.code.clone(), known.line.clone())).or_default() +=
                known.count;
        }
        let before = findings.len();
        findings.retain(|finding| match left.get_mut(&key(files, finding)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        });
        before - findings.len()
    }
}

fn key(files: &[(String, String)], finding: &Finding) -> Key {
    let file = &finding.primary.file;
    let text = files.iter().find(|(name, _)| name == file).map_or("", |(_, text)| text.as_str());
    let start = (finding.primary.range.start as usize).min(text.len());
    let begin = text.as_bytes()[..start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = text.get(begin..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let words: Vec<&str> = line.split_whitespace().collect();
    (file.trim_start_matches("./").to_owned(), finding.code.to_owned(), words.join(" "))
}

#[cfg(test)]
mod tests {
    use lint_rules::{LintOptions, lint};

    use super::*;

    fn found(text: &str) -> (Vec<(String, String)>, Vec<Finding>) {
        let options = LintOptions { select: vec!["CO404".to_owned()], ..LintOptions::default() };
        let findings = lint("Dockerfile", text, &options);
        (vec![("Dockerfile".to_owned(), text.to_owned())], findings)
    }

    #[test]
    fn old_findings_are_hidden_wherever_they_move_and_new_ones_are_not() {
        let (files, findings) = found("FROM a:1\nRUN sudo x\n");
        let baseline = Baseline::of(&files, &findings);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("base.json");
        baseline.save(&path).unwrap();
        let baseline = Baseline::load(&path).unwrap();
        let left = |text: &str| {
            let (files, mut findings) = found(text);
            baseline.hide(&files, &mut findings);
            findings.len()
        };
        assert_eq!(left("FROM a:1\nRUN sudo x\n"), 0);
        assert_eq!(left("FROM a:1\n\n# more\nENV A=b\nRUN   sudo x\n"), 0);
        assert_eq!(left("FROM a:1\nRUN sudo x\nRUN sudo x\n"), 1);
        assert_eq!(left("FROM a:1\nRUN sudo y\n"), 1);
    }

    #[test]
    fn other_files_are_no_baselines() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("base.json");
        for text in ["", "{}", "{\"version\":2,\"findings\":[]}", "[]"] {
            std::fs::write(&path, text).unwrap();
            assert!(Baseline::load(&path).is_err(), "{text}");
        }
    }
}
