//! What `--print` shows: the same document as bake's.

use serde_json::{Map, Value as Json, json};

use crate::entry::{Entry, Family};
use crate::resolve::Resolved;
use crate::target::{Content, Kind, Target, fields};

impl Resolved {
    /// The document as a text: as Go's encoder writes it, which escapes what HTML would read.
    pub fn text(&self) -> String {
        html_escaped(&serde_json::to_string_pretty(&self.json()).unwrap_or_default())
    }

    /// The document.
    pub fn json(&self) -> Json {
        let mut groups = Map::new();
        for (name, group) in &self.groups {
            let mut shown = Map::new();
            if let Some(description) = &group.description {
                shown.insert("description".to_owned(), json!(description));
            }
            shown.insert("targets".to_owned(), json!(group.targets));
            groups.insert(name.clone(), Json::Object(shown));
        }
        let targets: Map<_, _> =
            self.targets.iter().map(|(name, target)| (name.clone(), target_json(target))).collect();
        let mut out = Map::new();
        if !groups.is_empty() {
            out.insert("group".to_owned(), Json::Object(groups));
        }
        out.insert("target".to_owned(), Json::Object(targets));
        Json::Object(out)
    }
}

/// Letters that only texts within a document can have.
pub(crate) fn html_escaped(json: &str) -> String {
    let text = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    text.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

fn target_json(target: &Target) -> Json {
    let mut out = Map::new();
    for field in fields() {
        // A text that is read again as HCL must not be taken for a template.
        let is_template =
            matches!(field.name, "annotations" | "dockerfile-inline" | "args" | "labels" | "extra-hosts");
        let shown = |text: &String| if is_template { escaped(text) } else { text.clone() };
        let value = match target.contents.get(field.name) {
            None => continue,
            Some(Content::Text(text)) => json!(shown(text)),
            Some(Content::Switch(switch)) => json!(switch),
            Some(Content::List(items)) if items.is_empty() => continue,
            Some(Content::List(items)) => json!(items.iter().map(shown).collect::<Vec<_>>()),
            Some(Content::Map(map)) if map.is_empty() => continue,
            Some(Content::Map(map)) => {
                Json::Object(map.iter().map(|(name, text)| (name.clone(), json!(shown(text)))).collect())
            }
            Some(Content::Entries(entries)) if entries.is_empty() => continue,
            Some(Content::Entries(entries)) => {
                let Kind::Entries(family) = field.kind else { continue };
                Json::Array(entries.iter().map(|entry| entry_json(family, entry)).collect())
            }
        };
        out.insert(field.name.to_owned(), value);
    }
    Json::Object(out)
}

fn escaped(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

fn entry_json(family: Family, entry: &Entry) -> Json {
    let mut out = Map::new();
    let first: &[&str] = match family {
        Family::Secret | Family::Ssh => &["id", "src", "env"],
        Family::Attest | Family::Cache | Family::Output => &[],
    };
    for name in first {
        if let Some(value) = entry.field(name) {
            out.insert((*name).to_owned(), json!(value));
        }
    }
    for (name, value) in entry.fields.iter().filter(|(name, _)| !first.contains(&name.as_str())) {
        out.insert(name.clone(), json!(value));
    }
    if !entry.paths.is_empty() {
        out.insert("paths".to_owned(), json!(entry.paths));
    }
    Json::Object(out)
}

/// Whether a name is one that a pattern of `*`, `?` and `[a-z]` means.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    fn rest(pattern: &[char], name: &[char]) -> bool {
        let Some((first, after)) = pattern.split_first() else { return name.is_empty() };
        match first {
            '*' => (0..=name.len()).any(|at| rest(after, &name[at..])),
            '?' => !name.is_empty() && rest(after, &name[1..]),
            '[' => {
                let Some(end) = after.iter().position(|letter| *letter == ']') else { return false };
                let Some((letter, name)) = name.split_first() else { return false };
                in_class(&after[..end], *letter) && rest(&after[end + 1..], name)
            }
            first => name.first() == Some(first) && rest(after, &name[1..]),
        }
    }
    if pattern.len() > 256 || pattern.matches('*').count() > 8 {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    rest(&pattern, &name)
}

fn in_class(class: &[char], letter: char) -> bool {
    let (class, wanted) = match class.split_first() {
        Some(('^', class)) => (class, false),
        _ => (class, true),
    };
    let mut at = 0;
    let mut found = false;
    while at < class.len() {
        let range = class.get(at + 1) == Some(&'-') && at + 2 < class.len();
        let end = if range { class[at + 2] } else { class[at] };
        found |= (class[at]..=end).contains(&letter);
        at += if range { 3 } else { 1 };
    }
    found == wanted
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_mean_names() {
        let check = |pattern, name, expect| assert_eq!(matches(pattern, name), expect, "{pattern} {name}");
        check("*", "app", true);
        check("a*", "web", false);
        check("a?p", "app", true);
        check("[a-c]pp", "app", true);
        check("[^a-c]pp", "app", false);
        check("app", "app", true);
        check("[", "app", false);
        check("*a*b*", "xxaxxbxx", true);
    }
}
