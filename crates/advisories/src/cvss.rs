//! Base scores of CVSS vectors, versions 3.0 and 3.1 (first.org, "CVSS v3.1 Specification", section 7.1).

/// The base score of a vector; a number alone is a score already. Nothing for other versions.
pub(crate) fn score(vector: &str) -> Option<f64> {
    if let Ok(score) = vector.parse::<f64>() {
        return (0.0..=10.0).contains(&score).then_some(score);
    }
    let metrics = vector.strip_prefix("CVSS:3.1/").or_else(|| vector.strip_prefix("CVSS:3.0/"))?;
    let get = |name: &str| {
        let mut all = metrics.split('/').filter_map(|metric| metric.split_once(':'));
        all.find(|(known, _)| *known == name).map(|(_, value)| value)
    };
    let changed = get("S")? == "C";
    let impact = |name| -> Option<f64> {
        Some(match get(name)? {
            "H" => 0.56,
            "L" => 0.22,
            "N" => 0.0,
            _ => return None,
        })
    };
    let base: f64 = 1.0 - (1.0 - impact("C")?) * (1.0 - impact("I")?) * (1.0 - impact("A")?);
    let impact = if changed { 7.52 * (base - 0.029) - 3.25 * (base - 0.02).powi(15) } else { 6.42 * base };
    let ease = 8.22
        * vector_weight(get("AV")?)?
        * complexity(get("AC")?)?
        * privileges(get("PR")?, changed)?
        * interaction(get("UI")?)?;
    if impact <= 0.0 {
        return Some(0.0);
    }
    let sum = if changed { 1.08 * (impact + ease) } else { impact + ease };
    Some(round_up(sum.min(10.0)))
}

fn vector_weight(value: &str) -> Option<f64> {
    Some(match value {
        "N" => 0.85,
        "A" => 0.62,
        "L" => 0.55,
        "P" => 0.2,
        _ => return None,
    })
}

fn complexity(value: &str) -> Option<f64> {
    Some(match value {
        "L" => 0.77,
        "H" => 0.44,
        _ => return None,
    })
}

fn privileges(value: &str, changed: bool) -> Option<f64> {
    Some(match (value, changed) {
        ("N", _) => 0.85,
        ("L", false) => 0.62,
        ("L", true) => 0.68,
        ("H", false) => 0.27,
        ("H", true) => 0.5,
        _ => return None,
    })
}

fn interaction(value: &str) -> Option<f64> {
    Some(match value {
        "N" => 0.85,
        "R" => 0.62,
        _ => return None,
    })
}

/// The smallest number with one decimal that is not less (appendix A).
fn round_up(value: f64) -> f64 {
    let scaled = (value * 100_000.0).round();
    if scaled % 10_000.0 == 0.0 { scaled / 100_000.0 } else { ((scaled / 10_000.0).floor() + 1.0) / 10.0 }
}

#[cfg(test)]
mod tests {
    use super::score;

    #[test]
    fn scores_are_those_of_the_specification() {
        let check = |vector: &str, expect: Option<f64>| assert_eq!(score(vector), expect, "{vector}");
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Some(9.8));
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", Some(10.0));
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", Some(6.1));
        check("CVSS:3.0/AV:L/AC:H/PR:L/UI:N/S:U/C:N/I:N/A:H", Some(4.7));
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", Some(0.0));
        check("7.5", Some(7.5));
        check("CVSS:4.0/AV:N", None);
        check("CVSS:3.1/AV:N/S:U", None);
    }
}
