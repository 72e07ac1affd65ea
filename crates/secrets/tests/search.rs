//! What searches find, and that it does not depend on how the bytes come.

use cooper_secrets::{Finding, Rules, Search, builtin, load};
use proptest::prelude::*;

fn rules(text: &str) -> Rules {
    load("gitleaks.toml", text, &|_| Err("there is none".to_owned())).expect("the rules of a test are right")
}

fn search(rules: &Rules, path: &str, bytes: &[u8], piece: usize) -> Vec<Finding> {
    let mut search = Search::new(rules, path);
    bytes.chunks(piece.max(1)).for_each(|part| search.update(part));
    search.finish()
}

/// Whether these are found, each as `rule:line:column:length`.
fn check(rules: &Rules, path: &str, text: &str, expect: &[&str]) {
    let found = search(rules, path, text.as_bytes(), 1 << 20);
    let found: Vec<_> =
        found.iter().map(|one| format!("{}:{}:{}:{}", one.rule, one.line, one.column, one.length)).collect();
    assert_eq!(found, expect, "{path}: {text}");
}

const BASIC: &str = r#"
[[rules]]
id = "ours"
regex = '''\bours_([a-z0-9]{8,16})\b'''
entropy = 2
keywords = ["OURS_"]
[[rules]]
id = "pair"
regex = '''(?i)user=(\w*) pass=(\w+)'''
secretGroup = 2
[[rules]]
id = "file"
path = '''\.p12$'''
[[rules]]
id = "far"
regex = '''\b[0-9a-f]{32}\b'''
keywords = ["acme"]
"#;

#[test]
fn rules_say_what_is_a_secret() {
    let basic = rules(BASIC);
    check(&basic, "a", "x\n  ours_q8w3e7r1\nours_aaaaaaaa xours_q8w3e7r1", &["ours:2:8:8"]);
    check(&basic, "a", "OURS_q8w3e7r1", &[]);
    check(&basic, "a", "user= pass=hunter2", &["pair:1:12:7"]);
    check(&basic, "k/x.p12", "", &["file:0:0:0"]);
    check(&basic, "a", "acme\nd41d8cd98f00b204e9800998ecf8427e", &["far:2:1:32"]);
    check(&basic, "a", "d41d8cd98f00b204e9800998ecf8427e", &[]);
    check(&basic, "a", "ours_q8w3e7r1 # gitleaks:allow\nours_q8w3e7r2", &["ours:2:6:8"]);
}

#[test]
fn what_is_allowed_is_no_secret() {
    let allowed = |list: &str| rules(&format!("{BASIC}\n{list}"));
    let text = "ours_q8w3e7r1";
    check(&allowed("[allowlist]\npaths = ['''^test/''']"), "test/a", text, &[]);
    check(&allowed("[allowlist]\npaths = ['''^test/''']"), "b/a", text, &["ours:1:6:8"]);
    check(&allowed("[allowlist]\nregexes = ['''^q8''']"), "a", text, &[]);
    check(&allowed("[[allowlists]]\nregexTarget = \"match\"\nregexes = ['''^ours_''']"), "a", text, &[]);
    check(
        &allowed("[[allowlists]]\nregexTarget = \"line\"\nregexes = ['''^let''']"),
        "a",
        "let x = ours_q8w3e7r1",
        &[],
    );
    check(
        &allowed("[[allowlists]]\ntargetRules = [\"pair\"]\nstopwords = [\"q8w\"]"),
        "a",
        text,
        &["ours:1:6:8"],
    );
    check(&allowed("[[allowlists]]\ntargetRules = [\"ours\"]\nstopwords = [\"Q8W\"]"), "a", text, &[]);
    let both = "[[allowlists]]\ncondition = \"AND\"\npaths = ['''^a$''']\nregexes = ['''^q8''']";
    check(&allowed(both), "a", text, &[]);
    check(&allowed(both), "b", text, &["ours:1:6:8"]);
    let old =
        rules("[[rules]]\nid = \"a\"\nregex = '''tok_\\w+'''\n[rules.allowlist]\nregexes = ['''^tok_x''']");
    check(&old, "f", "tok_x tok_y", &["a:1:7:5"]);
}

#[test]
fn files_extend_each_other() {
    let read = |path: &str| {
        assert_eq!(path, "base.toml");
        Ok(BASIC.to_owned())
    };
    let text =
        "[extend]\npath = \"base.toml\"\ndisabledRules = [\"pair\"]\n[[rules]]\nid = \"ours\"\nentropy = 4.5";
    let extended = load("x", text, &read).unwrap();
    check(&extended, "a", "ours_q8w3e7r1 user= pass=hunter2", &[]);
    check(&extended, "x.p12", "", &["file:0:0:0"]);
    let default = rules("[extend]\nuseDefault = true\ndisabledRules = [\"github-pat\"]");
    assert_eq!(default.len() + 1, builtin().len());
    assert_ne!(default.digest(), builtin().digest());
}

#[test]
fn a_rule_can_need_another_one_near() {
    let text = "[[rules]]\nid = \"main\"\nregex = '''main_\\w+'''\n[[rules.required]]\nid = \"side\"\nwithinLines = 1\n[[rules]]\nid = \"side\"\nregex = '''side_\\w+'''\nskipReport = true";
    check(&rules(text), "a", "main_a\nside_b\n\n\nmain_c", &["main:1:1:6"]);
}

#[test]
fn rules_that_cannot_be_used_are_refused() {
    let check = |text: &str, expect: &str| {
        let error = load("r.toml", text, &|_| Err("no such file".to_owned())).unwrap_err().to_string();
        assert!(error.starts_with("the rules of `r.toml` cannot be used: "), "{error}");
        assert!(error.contains(expect), "{error}");
    };
    check("[[rules]]\nid = \"a\"\nregex = \"(\"", "`regex` of the rule `a`: unclosed group");
    check("[[rules]]\nid = \"a\"", "neither `regex` nor `path`");
    check("[[rules]]\nregex = \"a\"", "has no `id`");
    check("[[rules]]\nid = \"a\"\nregex = \"(a)\"\nsecretGroup = 2", "group 2 of 1");
    check("[[rules]]\nid = \"a\"\nregex = \"(?:(?:a{1000}){1000}){1000}\"", "too large");
    check("[extend]\npath = \"other.toml\"", "`other.toml`: no such file");
    check("[extend]\npath = \"x\"\nuseDefault = true", "use one of them");
    check("[[allowlists]]\ncondition = \"XOR\"", "use `AND` or `OR`");
    check("rules = 1", "invalid type");
}

#[test]
fn one_rule_says_what_several_find() {
    let both = rules(
        "[[rules]]\nid = \"generic-key\"\nregex = '''key=(\\w+)'''\n[[rules]]\nid = \"own\"\nregex = '''own_\\w+'''",
    );
    check(&both, "a", "key=own_x\nkey=other", &["own:1:5:5", "generic-key:2:5:5"]);
}

#[test]
fn long_and_crowded_texts_take_no_longer() {
    let crowded = rules(
        "[[rules]]\nid = \"a\"\nregex = '''\\bcurl\\b.* -u (\\w+)\\s'''\n[[rules]]\nid = \"b\"\nregex = '''x*key=[a-z]*!'''",
    );
    // A try for each word would take hours.
    let mut text = "curl ".repeat(300_000);
    text.push_str(&"key=".repeat(200_000));
    text.push_str(&"xkey=aaaa".repeat(200_000));
    check(&crowded, "f", &text, &[]);
}

fn pieces() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "ours_q8w3e7r1",
        "ours_",
        "user=",
        "a pass=b",
        " ",
        "\n",
        "acme",
        "d41d8cd98f00b204e9800998ecf8427e",
        "x",
        "key=",
        "tok_",
        "tok_a~",
        "zzz",
        "!",
        "ey",
        "\u{e9}",
    ]);
    let filler = (0..90_000_usize).prop_map(|count| ". ".repeat(count));
    prop::collection::vec(prop_oneof![20 => word.prop_map(str::to_owned), 1 => filler], 0..60)
        .prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_found_does_not_depend_on_the_pieces(text in pieces(), piece in 1_usize..400_000, tiny in 1_usize..64) {
        let more = "\n[[rules]]\nid = \"open\"\nregex = '''tok_[^!]*!'''\n[[rules]]\nid = \"none\"\nregex = '''z{3}|~'''\n[[rules]]\nid = \"late\"\nregex = '''x+ours_\\w+'''\n";
        let all = rules(&format!("{BASIC}{more}"));
        let whole = search(&all, "a", text.as_bytes(), usize::MAX);
        prop_assert_eq!(&search(&all, "a", text.as_bytes(), piece), &whole);
        if text.len() < 5_000 {
            prop_assert_eq!(&search(&all, "a", text.as_bytes(), tiny), &whole);
        }
    }
}

#[test]
fn known_forms_of_tokens_are_found() {
    // Put together here, so that the file itself holds none.
    let check = |parts: &[&str], rule: &str| {
        let text = format!("x = \"{}\"\n", parts.concat());
        let found = search(builtin(), "app/config.py", text.as_bytes(), 7);
        assert!(found.iter().any(|one| one.rule == rule), "{rule}: {found:?}");
    };
    check(&["gh", "p_", "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"], "github-pat");
    check(&["AK", "IA", "QYLPMN5HHHFPZAM2"], "aws-access-token");
    check(&["glp", "at-", "x9Kq3vR7tB2nM5wZ8cLd"], "gitlab-pat");
    check(&["np", "m_", "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"], "npm-access-token");
    check(&["xo", "xb-", "283746509182-384756102938-aB3dE5fG7hI9jK1lM3nO5p"], "slack-bot-token");
    check(&["sk_", "live_", "aB3dE5fG7hI9jK1lM3nO5pQ7"], "stripe-access-token");
    check(&["AI", "za", "SyD3fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5z"], "gcp-api-key");
    check(
        &["S", "G.", "m96AlYhRgpzSXMDb1rEwSY.wwZVQHAcjB1IFgrzEoc46DQcGSRgl53duzMBJvSiYvM"],
        "sendgrid-api-token",
    );
    check(
        &[
            "ey",
            "JhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
            "ey",
            "JzdWIiOiJhN0t4MnFWOSJ9.",
            "q7Gm2xV9kdR4tB8nM5wZ1cLdX3fG6hJ9",
        ],
        "jwt",
    );
    check(&["hv", "s.", &"xL_6Ed5h5Cz1ntNDy4hKHikLxb7E4JXAP".repeat(3)], "vault-service-token");
    check(&["HEROKU_API_KEY=", "3f1c9a7e-5b2d-4c8f-9e6a-0d7b4f2a8c15"], "heroku-legacy-api-key");
    check(&["postgres://app:", "q7Gm2xV9kd", "@db.internal:5432/app"], "url-with-password");
    let key = "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5aB3dE5fG7hI9jK1lM3nO5pQ7r\\n".repeat(6);
    check(
        &["-----BEGIN RSA ", "PRIVATE KEY-----\\n", &key, "-----END RSA ", "PRIVATE KEY-----"],
        "private-key",
    );
}

#[test]
fn what_only_looks_like_a_secret_is_not_told() {
    for text in [
        "password = os.environ[\"PASSWORD\"]",
        "token: ${{ secrets.TOKEN }}",
        "API_KEY=<your-api-key>",
        "secret_key = \"changeme-changeme1\"",
        "postgres://user:${PASSWORD}@host/db",
        "token = self.tokenizer.next_token()",
        "AKIAIOSFODNN7EXAMPLE",
        "access_key: aws.access.key.id",
        "postgres://app:settings.PASSWORD@db.internal/app",
        "secret_key: /run/secrets/key-1",
    ] {
        check(builtin(), "app/config.py", text, &[]);
    }
}
