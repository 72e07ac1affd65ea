//! Tests of an image as the XML of `JUnit`, which most build servers show: a suite for each file of tests.

use std::io::{self, Write};
use std::time::Duration;

use facts::Tested;

use super::{Trial, TrialFormat};
use crate::xml::escape;

pub(crate) static FORMAT: TrialFormat =
    TrialFormat { name: "junit", media_type: "application/xml", render: write };

fn write(trial: &Trial<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (pass, total) = trial.counts();
    let time = seconds(trial.all());
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    let name = escape(trial.image);
    let failures = total - pass;
    writeln!(out, "<testsuites name=\"{name}\" tests=\"{total}\" failures=\"{failures}\" time=\"{time}\">")?;
    for (file, results) in trial.files {
        let failures = results.iter().filter(|one| !one.passes()).count();
        let (name, count, time) = (escape(file), results.len(), seconds(results.iter()));
        writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{count}\" failures=\"{failures}\" time=\"{time}\">"
        )?;
        for one in results {
            case(out, &name, one)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn case(out: &mut dyn Write, file: &str, one: &Tested) -> io::Result<()> {
    let (name, time, line) = (escape(&one.name), seconds([one].into_iter()), one.line.max(1));
    writeln!(
        out,
        "    <testcase classname=\"{file}\" name=\"{name}\" file=\"{file}\" line=\"{line}\" time=\"{time}\">"
    )?;
    for error in &one.errors {
        writeln!(out, "      <failure message=\"{}\"/>", escape(error))?;
    }
    for (tag, text) in [("system-out", &one.stdout), ("system-err", &one.stderr)] {
        if !text.is_empty() {
            writeln!(out, "      <{tag}>{}</{tag}>", escape(text))?;
        }
    }
    writeln!(out, "    </testcase>")
}

fn seconds<'a>(tests: impl Iterator<Item = &'a Tested>) -> String {
    format!("{:.3}", tests.map(|one| one.duration).sum::<Duration>().as_secs_f64())
}
