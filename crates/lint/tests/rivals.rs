//! Each check of other tools that a Dockerfile can be asked about has its rule, which answers to its code.

use cooper_lint::{find_rule, rules};

/// Lines of a tool, a code of it, and the name of a rule.
const TABLE: &str = include_str!("rivals.txt");

fn lines() -> impl Iterator<Item = [&'static str; 3]> {
    let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| {
        let mut words = line.split_whitespace();
        [(); 3].map(|()| words.next().unwrap_or_else(|| panic!("three words: {line}")))
    })
}

#[test]
fn every_check_of_other_tools_has_its_rule() {
    for [tool, code, name] in lines() {
        let rule = rules().iter().find(|rule| rule.name == name);
        let rule = rule.unwrap_or_else(|| panic!("no rule `{name}`, for {code} of {tool}"));
        assert!(rule.aliases.contains(&code), "`{name}` does not answer to {code} of {tool}");
        assert!(find_rule(code).is_some(), "{code} of {tool} cannot be looked up");
    }
}

#[test]
fn codes_are_found_as_other_tools_write_them() {
    for (written, name) in [
        ("Missing User Instruction", "no-user"),
        ("COPY '--from' References Current FROM Alias", "copy-from-own-stage"),
        ("dockerfile.security.missing-user.missing-user", "no-user"),
        ("AVD-DS-0004", "admin-port"),
        ("DS004", "admin-port"),
    ] {
        assert_eq!(find_rule(written).map(|rule| rule.name), Some(name), "{written}");
    }
}
