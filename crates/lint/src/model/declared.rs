//! The shells that comments of hadolint name: `# hadolint shell=powershell`, where a base image has another shell than
//! the file tells.

use shell::Dialect;
use syntax::{Keyword, Parse};

/// For each instruction the language that a comment before it says that it is in. Above the first FROM a comment counts
/// for all stages, else up to the end of its stage; an instruction SHELL ends it.
pub(super) fn declared(parse: &Parse) -> Vec<Option<Dialect>> {
    let text = parse.text();
    if !(text.contains("hadolint") && text.contains("shell")) {
        return Vec::new();
    }
    let (mut of_all, mut current, mut end, mut is_first) = (None, None, 0, true);
    let mut found = Vec::new();
    for instruction in parse.instructions() {
        let before = text.get(end..instruction.range.start as usize).unwrap_or_default();
        current = before.lines().filter_map(named).next_back().or(current);
        match instruction.kind {
            Keyword::From => {
                of_all = if is_first { current } else { of_all };
                current = of_all;
                is_first = false;
            }
            Keyword::Shell => current = None,
            _ => {}
        }
        found.push(current);
        end = instruction.range.end as usize;
    }
    found
}

/// The language that a comment names.
fn named(line: &str) -> Option<Dialect> {
    let rest = line.trim_start().strip_prefix('#')?.trim_start().strip_prefix("hadolint")?;
    let rest = rest.strip_prefix(char::is_whitespace)?.trim_start().strip_prefix("shell")?;
    let program = rest.trim_start().strip_prefix('=')?.split_whitespace().next()?;
    Some(Dialect::of_program(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[Option<Dialect>]) {
        assert_eq!(declared(&syntax::parse(text)), expect, "{text}");
    }

    #[test]
    fn comments_name_the_shell_up_to_the_end_of_a_stage() {
        let (bash, pwsh) = (Some(Dialect::Bash), Some(Dialect::PowerShell));
        check("FROM a\nRUN b\n", &[]);
        check("# hadolint shell=bash\nFROM a\nRUN b\nFROM c\nRUN d\n", &[bash; 4]);
        check("FROM a\n#hadolint  shell = pwsh\nRUN b\nFROM c\nRUN d\n", &[None, pwsh, None, None]);
        check(
            "FROM a\n# hadolint shell=/bin/bash -e\nRUN b\nSHELL [\"sh\", \"-c\"]\nRUN d\n",
            &[None, bash, None, None],
        );
        check("FROM a\n# hadolint shells=bash\nRUN hadolint shell=bash\n", &[None, None]);
    }
}
