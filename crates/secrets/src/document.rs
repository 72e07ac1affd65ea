//! `gitleaks.toml`: rules and what is allowed, in the old and the new form, on top of other rules.

use std::fmt;

use kit::{Digest, Hasher};
use serde::Deserialize;

use crate::allow::{Allow, StopWords, Target};
use crate::pattern::Pattern;
use crate::rule::{Required, Rule};
use crate::rules::Rules;

/// How many files can stand on top of each other.
const MAX_DEPTH: usize = 4;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Document {
    extend: Extend,
    rules: Vec<RuleText>,
    #[serde(alias = "allowList")]
    allowlist: Lists,
    #[serde(alias = "allowLists")]
    allowlists: Lists,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Extend {
    path: String,
    #[serde(rename = "useDefault", alias = "usedefault", alias = "use_default")]
    use_default: bool,
    #[serde(rename = "disabledRules", alias = "disabledrules")]
    disabled_rules: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RuleText {
    #[serde(alias = "ID", alias = "Id")]
    id: String,
    description: String,
    regex: String,
    path: String,
    #[serde(rename = "secretGroup", alias = "secretgroup", alias = "reportGroup")]
    secret_group: usize,
    entropy: Number,
    keywords: Vec<String>,
    #[serde(alias = "allowList")]
    allowlist: Lists,
    #[serde(alias = "allowLists")]
    allowlists: Lists,
    required: Vec<RequiredText>,
    #[serde(rename = "skipReport", alias = "skipreport")]
    skip_report: bool,
}

/// A number that may be written without a point.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Number {
    Float(f64),
    Whole(i32),
}

impl Default for Number {
    fn default() -> Self {
        Self::Whole(0)
    }
}

#[derive(Debug, Deserialize)]
struct RequiredText {
    id: String,
    #[serde(rename = "withinLines", alias = "withinlines")]
    within_lines: Option<u32>,
    #[serde(rename = "withinColumns", alias = "withincolumns")]
    within_columns: Option<u32>,
}

/// One list as a table, or several.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum Lists {
    Many(Vec<ListText>),
    One(Box<ListText>),
    #[default]
    None,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct ListText {
    condition: String,
    commits: Vec<String>,
    paths: Vec<String>,
    #[serde(rename = "regexTarget", alias = "regextarget")]
    regex_target: String,
    regexes: Vec<String>,
    #[serde(alias = "stopWords")]
    stopwords: Vec<String>,
    #[serde(rename = "targetRules", alias = "targetrules")]
    target_rules: Vec<String>,
}

impl Lists {
    fn into_vec(self) -> Vec<ListText> {
        match self {
            Self::Many(lists) => lists,
            Self::One(list) => vec![*list],
            Self::None => Vec::new(),
        }
    }
}

/// Why rules cannot be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    file: String,
    what: String,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the rules of `{}` cannot be used: {}", self.file, self.what)
    }
}

impl std::error::Error for LoadError {}

/// Reads rules. `name` is what the file is called, and `read` gives the text of another file by the path that this one
/// names.
pub fn load(
    name: &str,
    text: &str,
    read: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Rules, LoadError> {
    let mut hasher = Hasher::new();
    let (rules, allow) = level(name, text, read, 0, &mut hasher)?;
    Ok(Rules::new(rules, allow, hasher.finish()))
}

type Level = (Vec<Rule>, Vec<Allow>);

fn level(
    name: &str,
    text: &str,
    read: &dyn Fn(&str) -> Result<String, String>,
    depth: usize,
    hasher: &mut Hasher,
) -> Result<Level, LoadError> {
    let failed = |what: String| LoadError { file: name.to_owned(), what };
    hasher.field(text.as_bytes());
    let document: Document =
        toml_edit::de::from_str(text).map_err(|error| failed(error.to_string().trim_end().to_owned()))?;
    let mut rules: Vec<Rule> = Vec::new();
    for text in document.rules {
        let rule = rule(text).map_err(failed)?;
        rules.retain(|known| known.id != rule.id);
        rules.push(rule);
    }
    let (mut allow, mut targeted) = (Vec::new(), Vec::new());
    for list in document.allowlist.into_vec().into_iter().chain(document.allowlists.into_vec()) {
        let targets = list.target_rules.clone();
        let list = allow_of(&list).map_err(failed)?;
        if targets.is_empty() {
            allow.push(list);
        } else {
            targeted.push((targets, list));
        }
    }
    let extend = document.extend;
    if extend.use_default && !extend.path.is_empty() {
        return Err(failed("`extend` has `path` and `useDefault`: use one of them".to_owned()));
    }
    if extend.use_default || !extend.path.is_empty() {
        let (base, base_allow) = if extend.use_default {
            hasher.field(crate::rules::builtin().digest().hex().as_bytes());
            (crate::rules::builtin().list.clone(), crate::rules::builtin().allow.clone())
        } else if depth < MAX_DEPTH {
            let text = read(&extend.path).map_err(|why| failed(format!("`{}`: {why}", extend.path)))?;
            level(&extend.path, &text, read, depth + 1, hasher)?
        } else {
            return Err(failed(format!("more than {MAX_DEPTH} files extend each other")));
        };
        extend_by(&mut rules, base.into_iter().filter(|rule| !extend.disabled_rules.contains(&rule.id)));
        allow.extend(base_allow);
    }
    for (targets, list) in targeted {
        for rule in rules.iter_mut().filter(|rule| targets.contains(&rule.id)) {
            rule.allow.push(list.clone());
        }
    }
    if depth == 0 {
        complete(&rules).map_err(failed)?;
    }
    Ok((rules, allow))
}

/// Rules on top of others: what they say counts, what they do not say comes from the rule of the same name below.
fn extend_by(rules: &mut Vec<Rule>, base: impl Iterator<Item = Rule>) {
    for below in base {
        let Some(own) = rules.iter_mut().find(|rule| rule.id == below.id) else {
            rules.push(below);
            continue;
        };
        if own.description.is_empty() {
            own.description = below.description;
        }
        if own.entropy == 0.0 {
            own.entropy = below.entropy;
        }
        if own.group == 0 {
            own.group = below.group;
        }
        own.regex = own.regex.take().or(below.regex);
        own.path = own.path.take().or(below.path);
        own.keywords.extend(below.keywords);
        own.allow.extend(below.allow);
        own.required.extend(below.required);
    }
}

/// What can be said when all is there.
fn complete(rules: &[Rule]) -> Result<(), String> {
    for rule in rules {
        if rule.regex.is_none() && rule.path.is_none() {
            return Err(format!("the rule `{}` has neither `regex` nor `path`", rule.id));
        }
        let groups = rule.regex.as_ref().map_or(0, |regex| regex.hir().properties().explicit_captures_len());
        if rule.group > groups {
            return Err(format!("the rule `{}` has the secret in group {} of {groups}", rule.id, rule.group));
        }
        if let Some(missing) = rule.required.iter().find(|one| rules.iter().all(|other| other.id != one.id)) {
            return Err(format!("the rule `{}` requires `{}`, which does not exist", rule.id, missing.id));
        }
    }
    Ok(())
}

fn rule(text: RuleText) -> Result<Rule, String> {
    if text.id.is_empty() {
        return Err("a rule has no `id`".to_owned());
    }
    let id = text.id;
    let pattern = |key: &str, text: &str| -> Result<Option<Pattern>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        Pattern::parse(text).map(Some).map_err(|why| format!("`{key}` of the rule `{id}`: {why}"))
    };
    let lists = text.allowlist.into_vec().into_iter().chain(text.allowlists.into_vec());
    let allow = lists.map(|list| allow_of(&list)).collect::<Result<Vec<_>, _>>();
    let rule = Rule {
        description: text.description,
        regex: pattern("regex", &text.regex)?,
        path: pattern("path", &text.path)?,
        group: text.secret_group,
        entropy: match text.entropy {
            Number::Float(number) => number,
            Number::Whole(number) => number.into(),
        },
        keywords: text.keywords.iter().map(|keyword| keyword.to_lowercase()).collect(),
        allow: allow.map_err(|why| format!("an allow-list of the rule `{id}`: {why}"))?,
        required: text
            .required
            .into_iter()
            .map(|one| Required { id: one.id, lines: one.within_lines, columns: one.within_columns })
            .collect(),
        silent: text.skip_report,
        ..Rule::default()
    };
    // A pattern that is too large must not turn into one that finds nothing. Those of usual size are compiled when they are needed.
    let heavy = text.regex.contains("000") || text.regex.len() > 4096 || text.regex.matches('{').count() > 24;
    if heavy && !rule.fits() {
        return Err(format!("`regex` of the rule `{id}` is too large"));
    }
    Ok(Rule { id, ..rule })
}

fn allow_of(list: &ListText) -> Result<Allow, String> {
    let patterns = |texts: &[String]| -> Result<Vec<Pattern>, String> {
        texts.iter().map(|text| Pattern::parse(text).map_err(|why| format!("`{text}`: {why}"))).collect()
    };
    Ok(Allow {
        all: match list.condition.to_ascii_uppercase().as_str() {
            "AND" | "&&" => true,
            "" | "OR" | "||" => false,
            other => return Err(format!("`condition` is `{}`; use `AND` or `OR`", other.to_lowercase())),
        },
        commits: !list.commits.is_empty(),
        paths: patterns(&list.paths)?,
        regexes: patterns(&list.regexes)?,
        target: match list.regex_target.as_str() {
            "" | "secret" => Target::Secret,
            "match" => Target::Match,
            "line" => Target::Line,
            other => {
                return Err(format!("`regexTarget` is `{other}`; use `secret`, `match` or `line`"));
            }
        },
        words: StopWords::new(&list.stopwords),
    })
}

/// The digest of rules that are no document.
pub(crate) fn digest_of(texts: &[&str]) -> Digest {
    let mut hasher = Hasher::new();
    for text in texts {
        hasher.field(text.as_bytes());
    }
    hasher.finish()
}
