//! Statements and their errors, as `BuildKit` accepts and refuses them.

use cooper_syntax::{Form, Healthcheck, Heredoc, Instruction, Parse, Spanned, Statement, parse};

fn first(parse: &Parse) -> &Instruction {
    parse.instructions().next().expect("an instruction")
}

fn statement(text: &str) -> Statement {
    let parse = parse(text);
    assert_eq!(parse.errors(), [], "{text}");
    first(&parse).statement(&parse).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

fn list(words: &[Spanned<String>]) -> String {
    words.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join("|")
}

fn text(word: Option<&Spanned<String>>) -> &str {
    word.map_or("-", |word| word.value.as_str())
}

fn form(form: &Form) -> String {
    match form {
        Form::Shell(text) => text.value.clone(),
        Form::Json(words) => format!("[{}]", list(words)),
    }
}

fn heredoc(heredoc: &Heredoc) -> String {
    let expand = if heredoc.expand { "" } else { "'" };
    let fd = heredoc.fd.map(|fd| fd.to_string()).unwrap_or_default();
    format!("{fd}<<{expand}{}{expand} {:?}", heredoc.name.value, heredoc.body.value)
}

fn heredocs(list: &[Heredoc]) -> String {
    list.iter().map(heredoc).collect::<Vec<_>>().join(" ")
}

/// What a statement says, in one line.
fn show(statement: &Statement) -> String {
    match statement {
        Statement::From(from) => {
            let name = from.stage_name().unwrap_or_else(|| "-".to_owned());
            format!("{} {name} {}", from.image.value, text(from.platform.as_ref()))
        }
        Statement::Arg(list) => {
            let pairs = list.iter().map(|arg| format!("{}={}", arg.key.value, text(arg.value.as_ref())));
            pairs.collect::<Vec<_>>().join("|")
        }
        Statement::Env(pairs) | Statement::Label(pairs) => {
            let shown = pairs.pairs.iter().map(|(key, value)| format!("{}={}", key.value, value.value));
            format!("{}{}", if pairs.legacy { "legacy " } else { "" }, shown.collect::<Vec<_>>().join("|"))
        }
        Statement::Run(run) => format!(
            "{} {} mounts={} network={} security={} devices={}",
            form(&run.form),
            heredocs(&run.heredocs),
            list(&run.mounts),
            text(run.network.as_ref()),
            text(run.security.as_ref()),
            list(&run.devices)
        ),
        Statement::Cmd(exec) | Statement::Entrypoint(exec) => form(&exec.form),
        Statement::Shell(words) | Statement::Volume(words) | Statement::Expose(words) => list(words),
        Statement::Healthcheck(Healthcheck::None) => "none".to_owned(),
        Statement::Healthcheck(Healthcheck::Cmd { form: probe, interval, retries, .. }) => {
            format!("{} {interval:?} {retries:?}", form(probe))
        }
        Statement::Copy(copy) | Statement::Add(copy) => format!(
            "{} {} -> {} from={} chown={} link={} exclude={}",
            list(&copy.sources),
            heredocs(&copy.heredocs),
            copy.dest.value,
            text(copy.from.as_ref()),
            text(copy.chown.as_ref()),
            copy.link,
            list(&copy.exclude)
        ),
        Statement::Workdir(word)
        | Statement::User(word)
        | Statement::Stopsignal(word)
        | Statement::Maintainer(word) => word.value.clone(),
        Statement::Onbuild(trigger) => {
            let shown = trigger.statement.as_ref().map_or_else(|| "refused".to_owned(), |it| show(it));
            format!("{:?}: {shown}", trigger.text)
        }
    }
}

fn check(text: &str, expect: &str) {
    assert_eq!(show(&statement(text)), expect, "{text:?}");
}

/// Checks that the text is refused with the message, and that the message points at `place`.
fn refused(text: &str, message: &str, place: &str) {
    let parse = parse(text);
    let errors = parse.all_errors();
    let error = errors.first().unwrap_or_else(|| panic!("{text:?} is accepted"));
    assert!(error.to_string().contains(message), "{text:?}: {error}");
    assert_eq!(error.range.slice(text), place, "{text:?}: {error}");
}

#[test]
fn simple_instructions() {
    check("FROM a", "a - -");
    check("from --platform=$X a As Base", "a base $X");
    check("FR\\\nOM \\\n# comment\n\n  a", "a - -");
    check("ARG a b= c=\"d e\"", "a=-|b=|c=\"d e\"");
    check("ENV a=b c='d e' f=g\\ h", "a=b|c='d e'|f=g\\ h");
    check("ENV a b  c=d ", "legacy a=b  c=d");
    check("LABEL \"a b\"=c", "\"a b\"=c");
    check("WORKDIR  /a b ", "/a b");
    check("USER\ta:b", "a:b");
    check("STOPSIGNAL 9", "9");
    check("MAINTAINER x <y@z>", "x <y@z>");
    check("EXPOSE 80 81/udp $X", "80|81/udp|$X");
    check("VOLUME [\"/a\", \"/b c\"]", "/a|/b c");
    check("VOLUME /a /b", "/a|/b");
    check("SHELL [\"a\", \"-c\"]", "a|-c");
    check("USER a\r\n", "a");
}

#[test]
fn commands() {
    check("CMD", "");
    check("CMD []", "[]");
    check("CMD [\"a\", \"b\"]", "[a|b]");
    check("CMD ['a']", "['a']");
    check("ENTRYPOINT  a  b ", "a  b");
    check("RUN a \\\n  && b", "a   && b  mounts= network=- security=- devices=");
    check(
        "RUN --mount=type=cache,target=/a --mount=type=tmpfs --network=none --security=insecure --device=x a",
        "a  mounts=type=cache,target=/a|type=tmpfs network=none security=insecure devices=x",
    );
    check("HEALTHCHECK NONE", "none");
    check("HEALTHCHECK --interval=5s --retries=3 \\\n CMD a b", "a b Some(5000000000) Some(3)");
    check("healthcheck cmd [\"a\"]", "[a] None None");
}

#[test]
fn files() {
    check("COPY a b c/", "a|b  -> c/ from=- chown=- link=false exclude=");
    check("COPY [\"a b\", \"c\"]", "a b  -> c from=- chown=- link=false exclude=");
    check(
        "COPY --from=x --chown='a b' --link --exclude=*.a --exclude=*.b -- --a b",
        "--a  -> b from=x chown=a b link=true exclude=*.a|*.b",
    );
    check("COPY --link=FALSE a b", "a  -> b from=- chown=- link=false exclude=");
    check(
        "ADD --checksum=sha256:x --unpack=false --keep-git-dir a b",
        "a  -> b from=- chown=- link=false exclude=",
    );
}

#[test]
fn heredocs_belong_to_their_instruction() {
    check("RUN <<EOF\na\nb\nEOF\n", "<<EOF <<EOF \"a\\nb\\n\" mounts= network=- security=- devices=");
    check("RUN <<-EOF\n\ta\n\t\tEOF\n", "<<-EOF <<EOF \"a\\n\" mounts= network=- security=- devices=");
    check(
        "RUN cat 3<<A <<'B'\na\nA\nb\nB\n",
        "cat 3<<A <<'B' 3<<A \"a\\n\" <<'B' \"b\\n\" mounts= network=- security=- devices=",
    );
    check(
        "COPY <<a <<\"b\" x /d/\n1\na\n2\nb\n",
        "x <<a \"1\\n\" <<'b' \"2\\n\" -> /d/ from=- chown=- link=false exclude=",
    );
    check(
        "ONBUILD RUN <<E\nx\nE\n",
        "\"RUN <<E\\nx\\nE\": <<E <<E \"x\\n\" mounts= network=- security=- devices=",
    );
    check("ONBUILD FOO a", "\"FOO a\": refused");
    check("ONBUILD COPY a", "\"COPY a\": refused");
    check("ARG --what a", "a=-");
    check("ONBUILD  copy a b", "\"copy a b\": a  -> b from=- chown=- link=false exclude=");
    check("RUN [\"<<EOF\"]", "[<<EOF]  mounts= network=- security=- devices=");
    check("RUN <<EOF\r\na\r\nEOF\r\n", "<<EOF <<EOF \"a\\r\\n\" mounts= network=- security=- devices=");
    let parse = parse("RUN <<EOF\n\\\n# no comment\nEOF\nUSER a");
    assert_eq!(parse.instructions().count(), 2);
}

#[test]
fn raw_bodies_keep_their_tabs() {
    let Statement::Run(run) = statement("RUN <<-EOF\n\ta\nEOF\n") else { panic!("a RUN") };
    let script = run.script().expect("a script");
    assert_eq!((script.body.value.as_str(), script.raw_body()), ("a\n", "\ta\n"));
    let Statement::Run(run) = statement("RUN cat <<EOF\nEOF\n") else { panic!("a RUN") };
    assert_eq!(run.script(), None);
}

#[test]
fn structure_that_is_refused() {
    refused("", "no instructions", "");
    refused("# a\n", "no instructions", "# a\n");
    refused("FORM a", "did you mean `FROM`?", "FORM");
    refused("FROM a\n\\\n\n", "continues nothing", "");
    refused("# escape=x\nFROM a", "cannot be the escape character", "x");
    refused("# escape=`\n# Escape=`\nFROM a", "only one `escape`", "Escape");
    refused("FROM a\nRUN <<EOF\na", "unterminated heredoc `EOF`", "<<EOF");
    let long = format!("FROM a\n#{}\n", "x".repeat(65535));
    refused(&long, "line greater than", long[7..].trim_end());
}

#[test]
fn arguments_that_are_refused() {
    refused("FROM a b", "one or three", "a b");
    refused("FROM", "one or three", "FROM");
    refused("FROM a AS 1b", "invalid name `1b`", "1b");
    refused("FROM --platfrom=x a", "did you mean `--platform`?", "--platfrom=x");
    refused("FROM --platform a", "missing a value", "--platform");
    refused("ENV PATH", "requires a name and a value", "PATH");
    refused("ENV", "at least one", "ENV");
    refused("ENV a=b c", "no `=` in `c`", "c");
    refused("ENV =b", "cannot be blank", "=b");
    refused("ARG =b", "cannot be blank", "=b");
    refused("ENV --a b=c", "unknown flag `--a`", "--a");
    refused("CMD [ \"a\", [ \"b\" ] ]", "strings only", "[ \"a\", [ \"b\" ] ]");
    refused("SHELL a", "JSON form", "a");
    refused("SHELL []", "at least one", "[]");
    refused("COPY a", "at least two", "a");
    refused("COPY a <<EOF\nEOF\n", "heredoc as its target", "<<EOF");
    refused("COPY --link=maybe a b", "not `maybe`", "--link=maybe");
    refused("COPY --link= a b", "missing a value", "--link=");
    refused("COPY --from=a --from=b c d", "duplicate flag `--from`", "--from=b");
    refused("COPY --keep-git-dir a b", "unknown flag", "--keep-git-dir");
    refused("ADD --from=x a b", "unknown flag", "--from=x");
    refused("WORKDIR", "exactly one", "WORKDIR");
    refused("USER \\\n", "exactly one", "USER");
    refused("VOLUME [\"\"]", "empty string", "\"\"");
    refused("VOLUME []", "at least one", "[]");
    refused("RUN --network=x a", "invalid network mode `x`", "x");
    refused("RUN --security=x a", "invalid security mode", "x");
    refused("RUN --mount=from=$X a", "does not support variables", "from=$X");
    refused("RUN --mount=a\\\"b a", "malformed mount", "a\\\"b");
}

#[test]
fn probes_and_triggers_that_are_refused() {
    refused("HEALTHCHECK", "at least one", "HEALTHCHECK");
    refused("HEALTHCHECK NONE a", "no arguments", "a");
    refused("HEALTHCHECK CMD", "missing command", "CMD");
    refused("HEALTHCHECK TCP a", "unknown type `TCP`", "TCP");
    refused("HEALTHCHECK --interval=1ns CMD a", "less than 1ms", "1ns");
    refused("HEALTHCHECK --interval=5 CMD a", "invalid duration", "5");
    refused("HEALTHCHECK --retries=-1 CMD a", "negative", "-1");
    refused("HEALTHCHECK --retries=x CMD a", "invalid number", "x");
    refused("ONBUILD", "at least one", "ONBUILD");
    refused("ONBUILD ONBUILD RUN a", "not allowed", "ONBUILD");
    refused("ONBUILD from a", "not allowed", "from");
    refused("ONBUILD ENV a", "a name and a value", "a");
}

#[test]
fn the_tree_tells_where_things_stand() {
    let text = "\u{feff}# syntax = docker/dockerfile:1\n#escape=`\n# one\n#  two \n\nFROM a\n# three\n# four\nRUN a `\n # five\n\n b\n";
    let parse = parse(text);
    assert_eq!((parse.escape(), parse.directive("syntax")), ('`', Some("docker/dockerfile:1")));
    assert_eq!(parse.errors(), []);
    let [from, run] = parse.instructions().collect::<Vec<_>>()[..] else { panic!("two instructions") };
    assert!(from.comments_above(&parse).is_empty(), "an empty line is between");
    let comments: Vec<_> = run.comments_above(&parse).into_iter().map(|comment| comment.value).collect();
    assert_eq!(comments, ["three", "four"]);
    assert_eq!(run.original(&parse), "RUN a  b");
    assert_eq!(run.range.slice(text), "RUN a `\n # five\n\n b\n");
    assert_eq!(run.keyword_text(&parse), "RUN");
    let Ok(Statement::Run(found)) = run.statement(&parse) else { panic!("a RUN") };
    let Form::Shell(command) = found.form else { panic!("a shell form") };
    assert_eq!((command.value.as_str(), command.range.slice(text)), ("a  b", "a `\n # five\n\n b"));
}

#[test]
fn directives_end_at_the_first_other_line() {
    for text in [
        "#\n# escape=`\nFROM a",
        "\n# escape=`\nFROM a",
        "# foo=bar\n# escape=`\nFROM a",
        " # escape=`\nFROM a",
    ] {
        assert_eq!(parse(text).escape(), '\\', "{text:?}");
    }
    for text in ["#escape=`\nFROM a", "# check=skip=all\n#\t ESCAPE =\t` \r\nFROM a"] {
        assert_eq!(parse(text).escape(), '`', "{text:?}");
    }
}
