//! I8: `unsafe` only in `sandbox` and `kit`, and every block says why it is sound.

use super::Check;
use crate::{Source, Tree};

/// The check.
pub(super) static CHECK: Check = Check { name: "unsafe-code", run };

/// The crates that may use `unsafe`.
const ALLOWED: [&str; 2] = ["kit", "sandbox"];

fn run(tree: &Tree) -> Vec<String> {
    tree.sources().iter().flat_map(problems).collect()
}

/// The uses of `unsafe` in one file that are not allowed or not explained.
fn problems(source: &Source) -> Vec<String> {
    let allowed = ALLOWED.contains(&source.crate_name());
    let lines: Vec<&str> = source.text.lines().collect();
    let wrong = |line: &usize| !allowed || (needs_reason(&source.code, *line) && !has_reason(&lines, *line));
    let found = Source::lines_with(&source.code, "unsafe").into_iter().filter(wrong);
    let why = if allowed {
        "`unsafe` needs a `// SAFETY:` comment above it"
    } else {
        "`unsafe` is for `kit` and `sandbox`"
    };
    found.map(|line| format!("{}:{line}: {why}", source.path)).collect()
}

/// Whether the line opens a block or an implementation; an `unsafe fn` explains itself in its documentation.
fn needs_reason(code: &str, line: usize) -> bool {
    let after =
        code.lines().nth(line - 1).and_then(|text| text.split("unsafe").nth(1)).unwrap_or("").trim_start();
    !["fn", "extern"].iter().any(|word| after.starts_with(word))
}

/// Whether `// SAFETY:` stands in the same line or in the comment above its statement.
fn has_reason(lines: &[&str], line: usize) -> bool {
    let above = lines[..line].iter().rev().take(8);
    above.take_while(|text| !text.trim().is_empty()).any(|text| text.contains("SAFETY:"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::over_files;
    use super::*;

    #[test]
    fn unsafe_code_stays_in_its_crates_and_is_explained() {
        let bare = "fn f() {\n    unsafe { g() }\n}\n";
        let explained = "fn f() {\n    // SAFETY: g has no preconditions.\n    unsafe { g() }\n}\n";
        let files = [
            ("crates/sandbox/src/a.rs", bare),
            ("crates/sandbox/src/b.rs", explained),
            ("crates/sandbox/src/c.rs", "/// # Safety\n/// Call once.\npub unsafe fn f() {}\n"),
            ("crates/store/src/a.rs", explained),
            ("crates/store/src/b.rs", "// unsafe\nconst A: &str = \"unsafe {\";\n"),
        ];
        let expect = [
            "crates/sandbox/src/a.rs:2: `unsafe` needs a `// SAFETY:` comment above it",
            "crates/store/src/a.rs:3: `unsafe` is for `kit` and `sandbox`",
        ];
        assert_eq!(over_files(&CHECK, &files), expect);
    }
}
