//! Dockerfiles: every text has a tree that gives the text again, and every place lies in the text.

use kit::TextRange;

use crate::Target;

pub(crate) static TARGET: Target = Target { name: "dockerfile", run, seeds: SEEDS, words: WORDS };

pub(super) const SEEDS: &[&str] = &[
    "# syntax=docker/dockerfile:1\nARG V=12\nFROM --platform=$BUILDPLATFORM debian:${V} AS build\nRUN --mount=type=cache,target=/c \\\n  # why\n  make && \\\n  make install\nFROM scratch\nCOPY --from=build --chown=1:2 [\"/a b\", \"/\"]\nENTRYPOINT [\"/a\"]\n",
    "FROM a\nRUN <<EOF\necho $X\nEOF\nCOPY <<\"A\" <<-B /x/\n1\nA\n\t2\n\tB\nHEALTHCHECK --interval=5s CMD curl -f http://localhost\n",
    "#escape=`\nFROM a\nENV A=b `\n C=\"d e\" F=g\\ h\nLABEL x y z\nEXPOSE 80/tcp 81-83\nONBUILD ADD . /\nVOLUME [\"/v\"]\nSTOPSIGNAL 9\nSHELL [\"sh\", \"-c\"]\nUSER a:b\nWORKDIR /x\nMAINTAINER m\nCMD x\n",
];

pub(super) const WORDS: &[&str] = &[
    "FROM ",
    "RUN ",
    "COPY ",
    "ADD ",
    "ENV ",
    "ARG ",
    "LABEL ",
    "ONBUILD ",
    "HEALTHCHECK ",
    "CMD ",
    "SHELL ",
    "USER ",
    "EXPOSE ",
    "VOLUME ",
    "WORKDIR ",
    "STOPSIGNAL ",
    "ENTRYPOINT ",
    " AS x",
    "--from=",
    "--mount=type=",
    "--chmod=",
    "--link ",
    "--platform=",
    "<<EOF",
    "<<-'E'",
    "\nEOF\n",
    "\\\n",
    "`\n",
    "\r\n",
    "# escape=`\n",
    "# check=",
    "[\"a\"",
    "]",
    "$",
    "${",
    ":-",
    ":?",
    "##",
    "%%",
    "//",
    "}",
    "\"",
    "'",
    "\u{feff}",
    "\u{3000}",
    "\0",
    "=",
    "#",
];

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let parse = syntax::parse(&text);
    assert_eq!(parse.print(), text);
    let mut end = 0;
    for token in parse.tokens() {
        assert_eq!(token.range.start, end);
        end = token.range.end;
    }
    assert_eq!(end as usize, text.len());
    for error in parse.all_errors() {
        inside(&text, error.range);
    }
    for instruction in parse.instructions() {
        if let Ok(statement) = instruction.statement(&parse) {
            places(&text, &serde_json::to_value(&statement).unwrap());
        }
    }
    let _ = parse.dump();
}

pub(super) fn inside(text: &str, range: TextRange) {
    assert!(text.get(range.range()).is_some(), "{range:?} lies on the characters of the text");
}

/// Checks every place in a serialized value.
pub(super) fn places(text: &str, value: &serde_json::Value) {
    if let (Some(start), Some(end)) = (value["start"].as_u64(), value["end"].as_u64()) {
        let number = |value: u64| usize::try_from(value).unwrap();
        inside(text, TextRange::of(number(start)..number(end)));
    }
    match value {
        serde_json::Value::Array(list) => list.iter().for_each(|item| places(text, item)),
        serde_json::Value::Object(map) => map.values().for_each(|item| places(text, item)),
        _ => {}
    }
}
