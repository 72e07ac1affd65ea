//! A profile merged into a compose file that is there: lines are added to its service and items to its lists. Everything else of the
//! file stays as it is, byte for byte, and afterwards the file is read again to see that this is so.

use std::fmt;

use yaml::{Node, Value as Yaml};

use crate::profile::Profile;
use crate::targets::{Part, Value, parts, volume};
use crate::words::yaml as quoted;

/// A compose file with a profile in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// Its text.
    pub text: String,
    /// The service.
    pub service: String,
    /// What of the file speaks against the profile, and was left.
    pub notes: Vec<String>,
}

/// Why a file cannot be merged with: a lowercase fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeError(pub String);

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MergeError {}

/// Keys of a service that take away what a profile gives: what they say, and what that means.
const AGAINST: &[(&str, Option<&str>, &str)] = &[
    ("privileged", Some("true"), "gives the container all rights"),
    ("network_mode", Some("host"), "gives the container the network of the machine"),
    ("pid", Some("host"), "shows the container the processes of the machine"),
    ("ipc", Some("host"), "gives the container the shared memory of the machine"),
    ("userns_mode", Some("host"), "makes root of the container root of the machine"),
    ("devices", None, "gives the container devices of the machine"),
];

/// Merges a profile into the service of a compose file: the one that is named, else the one that has the image, else the only one.
///
/// # Errors
/// When the file cannot be read, or its form does not allow it.
pub fn merge(text: &str, profile: &Profile, service: Option<&str>) -> Result<Merged, MergeError> {
    let root = read(text)?;
    let services = root.get("services").and_then(Node::pairs).ok_or_else(|| fail("it has no `services`"))?;
    let (key, node) = choose(services, profile, service)?;
    let name = key.text().unwrap_or_default().to_owned();
    let is_block = |node: &Node| {
        node.pairs().is_some_and(|pairs| {
            pairs.first().is_some_and(|(first, _)| first.line > key.line && first.column > key.column)
        })
    };
    if !is_block(node) {
        return Err(fail(&format!("the service `{name}` is not written with one key on each line")));
    }
    let mut lines = Lines::new(text);
    let mut notes = Vec::new();
    // What is added to the last list of the service has to stand before new keys, which come behind the same line.
    let wanted = parts(profile).into_iter().filter(|part| !is_limited(node, part.key));
    let (there, new): (Vec<_>, Vec<_>) = wanted.partition(|part| node.get(part.key).is_some());
    for part in there.into_iter().chain(new) {
        put(&mut lines, key, node, &part, &mut notes);
    }
    against(node, &mut notes);
    lent(node, profile, &mut notes);
    volumes(&mut lines, &root, profile);
    let text = lines.text();
    same(&root, &read(&text)?, &name)?;
    Ok(Merged { text, service: name, notes })
}

fn fail(text: &str) -> MergeError {
    MergeError(text.to_owned())
}

fn read(text: &str) -> Result<Node, MergeError> {
    yaml::parse(text).map_err(MergeError)?.ok_or_else(|| fail("it is empty"))
}

fn choose<'a>(
    services: &'a [(Node, Node)],
    profile: &Profile,
    wanted: Option<&str>,
) -> Result<&'a (Node, Node), MergeError> {
    if let Some(name) = wanted {
        let found = services.iter().find(|(key, _)| key.text() == Some(name));
        return found.ok_or_else(|| fail(&format!("it has no service `{name}`")));
    }
    let has_image = |(_, node): &&(Node, Node)| {
        node.get("image").and_then(Node::text).is_some_and(|image| image == profile.image)
    };
    let mut with_image = services.iter().filter(has_image);
    match (with_image.next(), with_image.next(), services) {
        (Some(found), None, _) => Ok(found),
        (None, _, [only]) => Ok(only),
        _ => Err(fail("it has several services that this can be for; name one")),
    }
}

/// Whether `deploy` says already what a key would: an engine refuses both.
fn is_limited(node: &Node, key: &str) -> bool {
    let limits = node.get("deploy").and_then(|deploy| deploy.get("resources")?.get("limits"));
    match key {
        "mem_limit" | "memswap_limit" => limits.is_some_and(|limits| limits.get("memory").is_some()),
        "pids_limit" => limits.is_some_and(|limits| limits.get("pids").is_some()),
        _ => false,
    }
}

/// Puts a part into a service.
fn put(lines: &mut Lines, key: &Node, node: &Node, part: &Part, notes: &mut Vec<String>) {
    let pairs = node.pairs().unwrap_or_default();
    let mut part = part.clone();
    if let Value::List(items) = &mut part.value {
        items.retain(|(item, _)| !is_mounted(node, part.key, item));
        if items.is_empty() {
            return;
        }
    }
    let Some((own, value)) = pairs.iter().find(|(own, _)| own.text() == Some(part.key)) else {
        let indent = " ".repeat(pairs.first().map_or(key.column + 2, |(first, _)| first.column));
        let end = lines.end_of(key.line, key.column, false);
        lines.insert(end, part.lines(&indent));
        return;
    };
    match &part.value {
        Value::One(wanted, _) => {
            let has = value.text().unwrap_or_default();
            if has != wanted.trim_matches('"') {
                notes.push(format!(
                    "line {}: `{}` is `{has}` and stays so; the profile has {wanted}",
                    own.line, part.key
                ));
            }
        }
        Value::Lines(..) => notes.push(format!("line {}: `{}` stays as it is", own.line, part.key)),
        Value::List(items) => {
            let missing: Vec<_> = items.iter().filter(|(item, _)| !has_item(value, part.key, item)).collect();
            if !missing.is_empty() {
                extend(lines, own, value, part.key, &missing, notes);
            }
        }
    }
}

/// The path in the container of an item of `tmpfs` or `volumes`, without a slash at its end.
fn target(key: &str, text: &str) -> String {
    let mut fields = text.trim_matches('"').split(':');
    let field = match (key, text.contains(':')) {
        ("volumes", true) => fields.nth(1),
        _ => fields.next(),
    };
    field.unwrap_or_default().trim_end_matches('/').to_owned()
}

/// The path in the container of a mount in any form.
fn target_of(key: &str, node: &Node) -> Option<String> {
    let long = || Some(node.get("target")?.text()?.trim_end_matches('/').to_owned());
    node.text().map(|text| target(key, text)).or_else(long)
}

/// Whether the service has something else where a profile has a file system in memory or a volume: engines refuse two at one path.
fn is_mounted(node: &Node, key: &str, item: &str) -> bool {
    let other = match key {
        "tmpfs" => "volumes",
        "volumes" => "tmpfs",
        _ => return false,
    };
    let Some(list) = node.get(other) else { return false };
    let wanted = target(key, item);
    let mut all = list.items().unwrap_or_default().iter().chain(Some(list));
    all.any(|one| target_of(other, one).as_deref() == Some(&wanted))
}

/// Whether a list has an item already; of a path, whether it has something for that path.
fn has_item(value: &Node, key: &str, item: &str) -> bool {
    let item = item.trim_matches('"');
    let path = |text: &str| match key {
        "tmpfs" | "volumes" => target(key, text),
        "sysctls" => text.split('=').next().unwrap_or_default().to_owned(),
        "security_opt" => text.replace('=', ":").trim_end_matches(":true").to_owned(),
        _ => text.trim_start_matches("CAP_").to_uppercase(),
    };
    let wanted = path(item);
    let texts = value.items().unwrap_or_default().iter();
    let mut has = texts.filter_map(|node| node.text().map(path).or_else(|| target_of(key, node)));
    has.any(|one| one == wanted)
        || value.get(&wanted).is_some()
        || value.text().map(path).as_deref() == Some(&wanted)
}

/// Adds items to a list of the file, however it is written.
fn extend(
    lines: &mut Lines,
    own: &Node,
    value: &Node,
    key: &str,
    missing: &[&(String, String)],
    notes: &mut Vec<String>,
) {
    let by_hand = |notes: &mut Vec<String>| {
        let items: Vec<_> = missing.iter().map(|(item, _)| item.as_str()).collect();
        notes.push(format!(
            "line {}: `{key}` cannot be added to; add {} by hand",
            own.line,
            items.join(", ")
        ));
    };
    match value.items() {
        Some([first, ..]) if first.line > own.line => {
            let begin = lines.get(first.line);
            let indent: String = begin.chars().take_while(|ch| *ch == ' ').collect();
            if !begin[indent.len()..].starts_with('-') {
                return by_hand(notes);
            }
            let end = lines.end_of(own.line, own.column, true);
            lines.insert(
                end,
                missing.iter().map(|(item, why)| format!("{indent}- {item}  # {why}")).collect(),
            );
        }
        Some([.., last]) if last.line == own.line => {
            let line = lines.get(own.line);
            let after = line.char_indices().nth(last.column).map_or(line.len(), |(at, _)| at);
            match line[after..].find(']').map(|at| after + at) {
                Some(at) => {
                    let items: Vec<_> =
                        missing.iter().map(|(item, _)| format!("\"{}\"", item.trim_matches('"'))).collect();
                    let changed = format!("{}, {}{}", line[..at].trim_end(), items.join(", "), &line[at..]);
                    lines.replace(own.line, changed);
                }
                None => by_hand(notes),
            }
        }
        _ => by_hand(notes),
    }
}

/// What of a service takes away what a profile gives.
fn against(node: &Node, notes: &mut Vec<String>) {
    for (key, says, means) in AGAINST {
        let pairs = node.pairs().unwrap_or_default();
        let Some((own, value)) = pairs.iter().find(|(own, _)| own.text() == Some(key)) else { continue };
        if says.is_none_or(|says| value.text() == Some(says)) {
            notes.push(format!("line {}: `{key}` {means}", own.line));
        }
    }
    for item in node.get("volumes").and_then(Node::items).unwrap_or_default() {
        let source = item.text().or_else(|| item.get("source").and_then(Node::text)).unwrap_or_default();
        if source.contains("docker.sock") {
            notes.push(format!("line {}: who can speak to the engine is root on the machine", item.line));
        }
    }
    for item in node.get("security_opt").and_then(Node::items).unwrap_or_default() {
        if item.text().is_some_and(|text| text.contains("unconfined")) {
            notes.push(format!("line {}: without a profile there is no filter of system calls", item.line));
        }
    }
}

/// Directories of the machine that the service writes to: an ordinary user may do so only if they are given to that user.
fn lent(node: &Node, profile: &Profile, notes: &mut Vec<String>) {
    let has_user = node.get("user").is_some();
    if profile.user.is_root() || has_user {
        return;
    }
    for item in node.get("volumes").and_then(Node::items).unwrap_or_default() {
        let short = item.text().and_then(|text| text.split_once(':'));
        let is_read = short.is_some_and(|(_, rest)| rest.rsplit(':').next().is_some_and(is_read_only))
            || item.get("read_only").and_then(Node::truth) == Some(true);
        let source = short.map(|(source, _)| source).or_else(|| item.get("source").and_then(Node::text));
        let on_machine =
            |source: &&str| source.starts_with(['.', '/', '~']) && !source.contains("docker.sock");
        if let Some(source) = source.filter(on_machine).filter(|_| !is_read) {
            let uid = profile.user.uid;
            notes.push(format!(
                "line {}: `{source}` of the machine has to belong to user {uid} where it is written to",
                item.line
            ));
        }
    }
}

/// Whether options of a mount say that it is only read.
fn is_read_only(options: &str) -> bool {
    options.split(',').any(|option| option == "ro")
}

/// Declares the volumes of a profile at the end of the file.
fn volumes(lines: &mut Lines, root: &Node, profile: &Profile) {
    let kept = profile.writable.iter().filter(|one| one.keep).map(|one| volume(profile, one));
    let text = lines.text();
    let used: Vec<_> = kept.filter(|name| text.contains(&format!("{name}:/"))).collect();
    let pairs = root.pairs().unwrap_or_default();
    let declared = pairs.iter().find(|(key, _)| key.text() == Some("volumes"));
    let missing = used.iter().filter(|name| declared.is_none_or(|(_, node)| node.get(name).is_none()));
    let new: Vec<String> = missing.map(|name| format!("{}:", quoted(name))).collect();
    if new.is_empty() {
        return;
    }
    if let Some((key, node)) = declared {
        let column = node.pairs().and_then(|pairs| pairs.first()).map_or(2, |(first, _)| first.column);
        let end = lines.end_of(key.line, key.column, false);
        lines.insert(end, new.iter().map(|text| format!("{}{text}", " ".repeat(column))).collect());
    } else {
        let mut all = vec!["volumes:".to_owned()];
        all.extend(new.iter().map(|text| format!("  {text}")));
        lines.insert(lines.len(), all);
    }
}

/// Whether all that the file had is there still; only lists may have grown, and keys may be new.
fn same(old: &Node, new: &Node, service: &str) -> Result<(), MergeError> {
    if is_within(old, new) {
        return Ok(());
    }
    Err(fail(&format!("what it says of `{service}` cannot be changed without changing more")))
}

fn is_within(old: &Node, new: &Node) -> bool {
    match (&old.value, &new.value) {
        (Yaml::Scalar { text, .. }, Yaml::Scalar { text: other, .. }) => text == other,
        (Yaml::List(items), Yaml::List(others)) => {
            items.len() <= others.len()
                && items.iter().zip(others).all(|(item, other)| is_within(item, other))
        }
        (Yaml::Map(pairs), Yaml::Map(_)) => pairs.iter().all(|(key, value)| {
            key.text().and_then(|key| new.get(key)).is_some_and(|other| is_within(value, other))
        }),
        // A key that says nothing can get something.
        _ => old.is_null(),
    }
}

/// The lines of a file as it was, each with what comes behind it.
struct Lines {
    old: Vec<String>,
    /// What is added behind a line, by its number.
    added: Vec<Vec<String>>,
    /// What ends a line.
    end: &'static str,
    has_last_end: bool,
}

impl Lines {
    fn new(text: &str) -> Self {
        let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let old: Vec<String> = text.lines().map(str::to_owned).collect();
        Self { added: vec![Vec::new(); old.len() + 1], old, end, has_last_end: text.ends_with('\n') }
    }

    fn len(&self) -> usize {
        self.old.len()
    }

    /// A line by its number, from 1.
    fn get(&self, number: usize) -> &str {
        self.old.get(number.saturating_sub(1)).map_or("", String::as_str)
    }

    fn replace(&mut self, number: usize, text: String) {
        if let Some(line) = self.old.get_mut(number.saturating_sub(1)) {
            *line = text;
        }
    }

    fn insert(&mut self, behind: usize, lines: Vec<String>) {
        let at = behind.min(self.len());
        self.added[at].extend(lines);
    }

    /// The last line of what stands below a key: the last one further to the right that is no blank and no comment. Items of a list
    /// may stand below the key itself.
    fn end_of(&self, number: usize, column: usize, is_list: bool) -> usize {
        let mut end = number;
        for (at, line) in self.old.iter().enumerate().skip(number) {
            let text = line.trim_start_matches(' ');
            if text.trim().is_empty() {
                continue;
            }
            let indent = line.len() - text.len();
            let is_item = is_list && indent == column && text.starts_with('-');
            if indent <= column && !is_item {
                // A comment further to the left may be in the middle.
                if text.starts_with('#') {
                    continue;
                }
                break;
            }
            if !text.starts_with('#') {
                end = at + 1;
            }
        }
        end
    }

    fn text(&self) -> String {
        let mut all: Vec<&str> = self.added[0].iter().map(String::as_str).collect();
        for (line, added) in self.old.iter().zip(&self.added[1..]) {
            all.push(line);
            all.extend(added.iter().map(String::as_str));
        }
        let text = all.join(self.end);
        if self.has_last_end || self.added.last().is_some_and(|added| !added.is_empty()) {
            text + self.end
        } else {
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::example;

    const FILE: &str = "# the shop\nservices:\n  web:   # served to all\n    image: registry.example.com/team/shop:1\n\
        \x20   # kept\n    cap_add: [CHOWN]\n    tmpfs:\n      - /tmp\n    command: |\n      a\n        b\n\n  # the database\n  db:\n    image: db\n\nnetworks: {}\n";

    #[test]
    fn lines_are_added_and_nothing_else_changes() {
        let merged = merge(FILE, &example(), None).unwrap();
        assert_eq!(merged.service, "web");
        let kept: Vec<&str> = merged.text.lines().collect();
        let mut rest = kept.iter();
        for line in FILE.lines().filter(|line| !line.contains("cap_add")) {
            assert!(rest.any(|kept| *kept == line), "{line}\n{}", merged.text);
        }
        assert!(merged.text.contains("    cap_add: [CHOWN, \"NET_RAW\"]\n"), "{}", merged.text);
        let root = yaml::parse(&merged.text).unwrap().unwrap();
        let web = root.get("services").unwrap().get("web").unwrap();
        assert_eq!(web.get("read_only").unwrap().truth(), Some(true));
        assert_eq!(web.get("tmpfs").unwrap().items().unwrap().len(), 1);
        assert_eq!(web.get("command").unwrap().text(), Some("a\n  b\n"));
        assert_eq!(web.get("volumes").unwrap().items().unwrap()[0].text(), Some("shop-data:/data"));
        assert!(root.get("services").unwrap().get("db").unwrap().get("read_only").is_none());
        assert!(root.get("volumes").unwrap().get("shop-data").is_some());
        // Once more there is nothing to add.
        assert_eq!(merge(&merged.text, &example(), None).unwrap().text, merged.text);
    }

    #[test]
    fn lists_below_their_key_get_their_items() {
        let text = "services:\n  a:\n    image: x\n    cap_drop:\n    - NET_RAW\n    user: root\n    privileged: true\n";
        let merged = merge(text, &example(), Some("a")).unwrap();
        assert!(merged.text.contains("    - NET_RAW\n    - ALL  # "), "{}", merged.text);
        assert!(merged.text.contains("user: root\n"));
        assert!(merged.notes.iter().any(|note| note.contains("`user` is `root`")), "{:?}", merged.notes);
        assert!(
            merged.notes.iter().any(|note| note.starts_with("line 7: `privileged`")),
            "{:?}",
            merged.notes
        );
    }

    #[test]
    fn the_last_list_of_a_service_keeps_its_own_items() {
        let text = "services:\n  a:\n    image: x\n    volumes:\n      - ./cache:/cache\n\n  b: {image: y}\n";
        let merged = merge(text, &example(), Some("a")).unwrap();
        let root = yaml::parse(&merged.text).unwrap().unwrap();
        let service = root.get("services").unwrap().get("a").unwrap();
        let list = |key: &str| -> Vec<_> {
            service.get(key).unwrap().items().unwrap().iter().map(|one| one.text().unwrap()).collect()
        };
        assert_eq!(list("volumes"), ["./cache:/cache", "shop-data:/data"]);
        assert!(list("tmpfs").iter().all(|one| !one.contains("data")), "{}", merged.text);
        let note = "line 5: `./cache` of the machine has to belong to user 1000";
        assert!(merged.notes.iter().any(|one| one.starts_with(note)), "{:?}", merged.notes);
    }

    #[test]
    fn nothing_is_mounted_where_the_file_mounts_something() {
        for own in [
            "volumes: [./d:/data/]",
            "volumes:\n      - ./d:/data/:ro",
            "volumes:\n      - {type: bind, source: ./d, target: /data/}",
            "volumes:\n      - /data",
            "tmpfs: [/data]",
            "tmpfs: /data/:size=1m",
        ] {
            let text = format!("services:\n  a:\n    image: x\n    {own}\n");
            let merged = merge(&text, &example(), None).unwrap();
            assert!(!merged.text.contains("shop-data"), "{}", merged.text);
        }
        let text = "services:\n  a:\n    image: x\n    volumes:\n      - ./t:/tmp\n";
        let merged = merge(text, &example(), None).unwrap();
        assert!(!merged.text.contains("/tmp:"), "{}", merged.text);
    }

    #[test]
    fn limits_are_not_said_twice() {
        let text = "services:\n  a:\n    deploy:\n      resources:\n        limits: {memory: 1G}\n";
        let merged = merge(text, &example(), None).unwrap();
        assert!(!merged.text.contains("mem_limit") && merged.text.contains("pids_limit"), "{}", merged.text);
    }

    #[test]
    fn files_that_cannot_be_merged_with_are_refused() {
        let check = |text: &str, service: Option<&str>, expect: &str| {
            let error = merge(text, &example(), service).unwrap_err();
            assert!(error.0.contains(expect), "{error}");
        };
        check("", None, "empty");
        check("services: {", None, "");
        check("a: b\n", None, "no `services`");
        check("services: {a: {image: x}}\n", None, "one key on each line");
        check("services:\n  a:\n    image: x\n  b:\n    image: y\n", None, "several services");
        check("services:\n  a:\n    image: x\n", Some("c"), "no service `c`");
    }

    #[test]
    fn ends_of_lines_stay_as_they_are() {
        let merged = merge("services:\r\n  a:\r\n    image: x\r\n", &example(), None).unwrap();
        assert!(
            merged.text.lines().all(|line| !line.ends_with('\r'))
                && !merged.text.replace("\r\n", "").contains('\n')
        );
    }
}
