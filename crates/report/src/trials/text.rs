//! Tests of an image for people: a line for each, and why it fails.

use std::io::{self, Write};

use super::{Trial, TrialFormat};

pub(crate) static FORMAT: TrialFormat = TrialFormat { name: "text", media_type: "text/plain", render: write };

/// Lines of output that are shown of a test that fails.
const LINES: usize = 10;

fn write(trial: &Trial<'_>, out: &mut dyn Write) -> io::Result<()> {
    for (file, results) in trial.files {
        for one in results {
            if one.passes() {
                writeln!(out, "ok    {}", one.name)?;
                continue;
            }
            match one.line {
                0 => writeln!(out, "FAIL  {}", one.name)?,
                line => writeln!(out, "FAIL  {} ({file}:{line})", one.name)?,
            }
            for error in &one.errors {
                writeln!(out, "      {error}")?;
            }
            for (what, text) in [("stdout", &one.stdout), ("stderr", &one.stderr)] {
                for line in text.lines().take(LINES) {
                    writeln!(out, "      {what}: {}", visible(line))?;
                }
            }
        }
    }
    let (pass, total) = trial.counts();
    writeln!(out, "{pass} of {total} tests pass")
}

/// A line of a program's output without what steers a terminal.
fn visible(line: &str) -> String {
    line.chars().map(|ch| if ch.is_control() && ch != '\t' { '\u{fffd}' } else { ch }).collect()
}
