//! What is known of attacks, in shards whose packages are identifiers of vulnerabilities.

use facts::Attacks;

/// The shard of those that are known to be used: the day since which.
pub(crate) const EXPLOITED: &str = "known-exploited";

/// The shard of those that are likely to be used: score and percentile.
pub(crate) const LIKELY: &str = "likely-exploited";

/// What is known of attacks by a vulnerability with these identifiers. `note` gives the text that a shard has for one of
/// them.
pub fn attacks(ids: &[&str], note: impl Fn(&str, &str) -> Option<String>) -> Attacks {
    let first = |shard: &str| ids.iter().filter(|id| id.starts_with("CVE-")).find_map(|id| note(shard, id));
    let likely = first(LIKELY);
    let (score, percentile) = likely.as_deref().and_then(|text| text.split_once(' ')).unzip();
    Attacks {
        exploited_since: first(EXPLOITED),
        likelihood: score.map(str::to_owned),
        percentile: percentile.map(str::to_owned),
    }
}
