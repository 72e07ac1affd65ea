//! What an engine of Code Climate prints: issues in JSON, each followed by a zero byte.

use std::io::{self, Write};

use super::gitlab::issues;
use crate::{Format, RenderOptions, Report};

pub(crate) static FORMAT: Format =
    Format { name: "codeclimate", media_type: "application/json", wants_rules: false, render: write };

fn write(report: &Report<'_>, out: &mut dyn Write, _options: &RenderOptions) -> io::Result<()> {
    issues(report).iter().try_for_each(|issue| write!(out, "{issue}\0"))
}
