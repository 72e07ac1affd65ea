//! Scores of CVSS vectors (first.org, "CVSS", versions 2.0, 3.0, 3.1 and 4.0).

use cvss::Cvss;

/// The score of a vector, of versions 2 and 3 that of its base metrics; a number alone is a score already. Nothing for what is
/// no whole vector.
pub(crate) fn score(vector: &str) -> Option<f64> {
    if let Ok(score) = vector.parse::<f64>() {
        return (0.0..=10.0).contains(&score).then_some(score);
    }
    match vector.parse().ok()? {
        Cvss::CvssV20(vector) => Some(vector.score().value()),
        Cvss::CvssV30(vector) | Cvss::CvssV31(vector) => {
            let base = [
                vector.av.is_some(),
                vector.ac.is_some(),
                vector.pr.is_some(),
                vector.ui.is_some(),
                vector.s.is_some(),
                vector.c.is_some(),
                vector.i.is_some(),
                vector.a.is_some(),
            ];
            base.iter().all(|given| *given).then(|| vector.base_score().value())
        }
        Cvss::CvssV40(vector) => Some(vector.score().value()),
        _ => None,
    }
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
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N/E:U/RL:O", Some(6.1));
        check("CVSS:3.0/AV:L/AC:H/PR:L/UI:N/S:U/C:N/I:N/A:H", Some(4.7));
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", Some(0.0));
        check("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", Some(9.3));
        check("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:L/SC:N/SI:N/SA:N", Some(6.9));
        check("CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", Some(4.4));
        check("AV:N/AC:L/Au:N/C:P/I:P/A:P", Some(7.5));
        check("7.5", Some(7.5));
        check("CVSS:4.0/AV:N", None);
        check("CVSS:3.1/AV:N/S:U", None);
        check("CVSS:5.0/AV:N/AC:L", None);
    }
}
