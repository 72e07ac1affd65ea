//! How likely it is that a vulnerability is used within 30 days (FIRST, "Exploit Prediction Scoring System"): lines of
//! `cve,epss,percentile` below a comment with the version of the model.

use super::Source;
use crate::attacks::LIKELY;
use crate::import::Sink;

pub(crate) static SOURCE: Source = Source {
    name: "epss",
    title: "list of EPSS scores",
    knows: |_, bytes| bytes.starts_with(b"#model_version") || bytes.starts_with(b"cve,epss,percentile"),
    read,
};

fn read(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    for line in text.lines().filter(|line| line.starts_with("CVE-")) {
        let mut fields = line.trim_end().split(',');
        let (Some(id), Some(score), Some(percentile)) = (fields.next(), fields.next(), fields.next()) else {
            return Err(format!("a line of another form: `{}`", line.chars().take(60).collect::<String>()));
        };
        sink.note(LIKELY, id, format!("{score} {percentile}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::attacks::LIKELY;
    use crate::sources::tests::noted;

    #[test]
    fn lines_have_a_score_and_a_percentile() {
        let text = "#model_version:v2025.03.14,score_date:2025-08-01T12:55:00Z\ncve,epss,percentile\nCVE-1999-0001,0.01141,0.77556\n";
        assert_eq!(noted("epss.csv", text, LIKELY, "CVE-1999-0001"), ["0.01141 0.77556"]);
    }
}
