//! `build --verify`: what a repetition showed, as text.

use app::verify::{Dated, Difference, FileDifference, Verification};
use compare::BytesDiffer;
use lineage::encode;

use crate::commands::describe_change;

/// What to do about it.
const HELP: &str = "make these steps give the same each time, or keep what differs out of the image; without `--verify` it is kept";

/// One line when the image is the same; else every step that gave something else, with its first files.
pub(crate) fn text(found: &Verification, color: bool) -> String {
    let (steps, varied) = (found.steps, found.varied.join(", "));
    let plural = if steps == 1 { "" } else { "s" };
    let otherwise = format!("otherwise were {varied}");
    if found.same {
        let inner: Vec<String> =
            found.differences.iter().map(|one| format!("{}:{}", found.file.0, one.line)).collect();
        let inner = match inner.len() {
            0 => String::new(),
            _ => format!("; steps whose other result does not get into it: {}", inner.join(", ")),
        };
        let said =
            format!("verified: {steps} step{plural} done again gave the same image ({otherwise}){inner}\n");
        return said + &dated(found);
    }
    let mut text = dated(found);
    for one in &found.differences {
        text += &difference(found, one, color);
    }
    if found.differences.is_empty() {
        text += "error: the image is another one, but no step alone gave something else on the same input\n";
    }
    let followers = match found.followers {
        0 => String::new(),
        count if found.followers_sure => format!("; {count} later gave something else for that reason alone"),
        count => format!("; {count} later gave something else, perhaps for that reason alone"),
    };
    let count = found.differences.len();
    text + &format!(
        "not reproduced: {count} of {steps} step{plural} gave something else{followers} ({otherwise})\n  = help: {HELP}\n"
    )
}

/// Steps that only another day can tell of.
fn dated(found: &Verification) -> String {
    let line = |one: &Dated| {
        format!(
            "note: {}:{} wrote the day of the build, `{}`, into `/{}`: on another day that may be something else\n",
            found.file.0,
            one.line,
            one.text,
            encode(&one.path)
        )
    };
    found.dated.iter().map(line).collect()
}

fn difference(found: &Verification, one: &Difference, color: bool) -> String {
    let message = format!("done again, this step of stage `{}` gave something else", one.stage);
    let mut text = report::source_excerpt(&report::Excerpt {
        file: &found.file.0,
        text: &found.file.1,
        range: one.range,
        message: &message,
        help: None,
        color,
    });
    text += "\n";
    for file in &one.files {
        text += &file_text(file);
    }
    let more = one.count.saturating_sub(one.files.len());
    if more > 0 {
        text += &format!("  and {more} more files\n");
    }
    text + "\n"
}

fn file_text(file: &FileDifference) -> String {
    let change = &file.change;
    let sign = match (&change.before, &change.after) {
        (None, _) => '+',
        (_, None) => '-',
        _ => '~',
    };
    let mut text = format!("  {sign} /{}  {}\n", encode(&change.path), describe_change(change));
    if let Some(bytes) = &file.bytes {
        let line = bytes.line.map(|line| format!(", line {line}")).unwrap_or_default();
        text += &format!("      first at byte {}{line}: {}\n", bytes.offset, pair(bytes));
    }
    if let Some(cause) = &file.cause {
        text += &format!("      looks like {cause}\n");
    }
    text
}

/// What stands in one and in the other.
fn pair(bytes: &BytesDiffer) -> String {
    let is_text = bytes.line.is_some();
    let show = |bytes: &[u8]| match (bytes.is_empty(), is_text) {
        (true, _) => "the end".to_owned(),
        (_, true) => format!("`{}`", String::from_utf8_lossy(bytes).escape_debug()),
        _ => bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "),
    };
    format!("{} and {}", show(&bytes.before), show(&bytes.after))
}
