//! Bake files in HCL and JSON, and compose files: read, resolved and printed.

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "bake_file",
    run,
    seeds: &[
        "variable \"A\" { default = [1, \"x\"] }\nfunction \"f\" {\n  params = [a]\n  result = \"${a}!\"\n}\ntarget \"default\" {\n  matrix = { n = A }\n  name = \"t-${n}\"\n  tags = [f(n), upper(\"a\")]\n}\n",
        "{\"target\": {\"default\": {\"args\": {\"A\": \"${1 + 2}\", \"B\": \"\\ud83d\\ude00\"}, \"inherits\": [\"default\"]}}}",
        "{\"services\": {\"a\": {\"build\": {\"context\": \"${X:-.}\", \"args\": [\"A=1\"], \"<<\": {\"pull\": true}}}}}",
        "target \"default\" {\n  dockerfile-inline = <<-E\n    %{ for x in [1, 2] ~}\n    ${x}\n    %{ endfor ~}\n  E\n}\n",
        "a = format(\"%05.2f\", 1/3)\nb = regex_replace(\"aaa\", \"a*\", \"$0$0\")\nc = setproduct(range(9), range(9))\n",
    ],
    words: &[
        "target",
        "group",
        "inherits",
        "contexts",
        "\"target:default\"",
        "${",
        "%{",
        "}",
        "for",
        "in",
        "if",
        "...",
        "[*]",
        "*",
        "?",
        ":",
        "<<E\n",
        "try(",
        "range(",
        "join(",
        "format(",
        "regex(",
        "formatdate(",
        "cidrsubnet(",
        "1e308",
        "-1",
        "null",
    ],
};

fn run(input: &[u8]) {
    use bake::{Input, SourceFile, Syntax, Wanted};
    let text = String::from_utf8_lossy(input).into_owned();
    let mut syntaxes = vec![Syntax::Hcl, Syntax::Json];
    if let Ok(json) = serde_json::from_str(&text) {
        syntaxes.push(Syntax::Compose(json));
    }
    let vars = bake::dotenv(&text, &std::collections::BTreeMap::new()).unwrap_or_default();
    for syntax in syntaxes {
        let file = SourceFile { name: "f".to_owned(), text: text.clone(), syntax };
        let input = Input { files: vec![file], compose_vars: vars.clone(), ..Input::default() };
        let Ok(config) = bake::read(&input) else { continue };
        let wanted = Wanted { names: vec!["*".to_owned()], set: vec!["*.tags+=x".to_owned()] };
        if let Ok(resolved) = config.resolve(&wanted, &vars) {
            assert!(!resolved.text().is_empty());
        }
    }
}
