//! Whether an image is one of a service.

use syntax::{Form, Keyword, Statement};

use crate::context::Context;

/// Programs that serve until they are stopped.
const SERVERS: &[&str] = &[
    "apache2-foreground",
    "apache2ctl",
    "apachectl",
    "caddy",
    "catalina.sh",
    "celery",
    "consul",
    "daphne",
    "dockerd",
    "etcd",
    "granian",
    "gunicorn",
    "haproxy",
    "httpd",
    "httpd-foreground",
    "hypercorn",
    "lighttpd",
    "mariadbd",
    "memcached",
    "mongod",
    "mysqld",
    "named",
    "nats-server",
    "nginx",
    "php-fpm",
    "postgres",
    "puma",
    "rabbitmq-server",
    "redis-server",
    "sshd",
    "supervisord",
    "traefik",
    "unicorn",
    "uvicorn",
    "uwsgi",
    "vault",
    "waitress-serve",
];

/// Official images that are servers as they are.
const SERVER_IMAGES: &[&str] = &[
    "caddy",
    "ghost",
    "haproxy",
    "httpd",
    "jetty",
    "mariadb",
    "memcached",
    "mongo",
    "mysql",
    "nginx",
    "postgres",
    "rabbitmq",
    "redis",
    "tomcat",
    "traefik",
    "wordpress",
];

/// What starts an application that is given to it.
const RUNTIMES: &[&str] = &[
    "bun", "bundle", "deno", "dotnet", "flask", "java", "node", "nodejs", "nodemon", "npm", "php", "pipenv",
    "pnpm", "poetry", "python", "python2", "python3", "rackup", "rails", "ruby", "ts-node", "tsx", "uv",
    "yarn",
];

/// Programs for people at a terminal, and those that end by themselves.
const TOOLS: &[&str] = &[
    "[", "ash", "bash", "cat", "clang", "dash", "echo", "env", "erl", "fish", "gcc", "ghci", "git", "go",
    "iex", "irb", "jshell", "ls", "lua", "make", "ocaml", "psql", "R", "sbt", "sh", "sleep", "swift", "tail",
    "test", "tmux", "top", "true", "vim", "zsh",
];

/// Arguments of a program that ends by itself.
const ENDINGS: &[&str] =
    &["--help", "--version", "-V", "-h", "-v", "build", "help", "install", "lint", "test", "version"];

/// Whether the image that is built is one of a service: it exposes ports, starts a server or is built on one.
pub(crate) fn is_service(context: &Context<'_>) -> bool {
    let exposes = statements(context).any(|statement| matches!(statement, Statement::Expose(_)));
    exposes || starts_server(context) || is_on_server(context)
}

/// Whether the file says what containers of the image do: by ports, a program, or a base that is a server.
pub(crate) fn is_to_be_run(context: &Context<'_>) -> bool {
    let says = |statement: &Statement| {
        matches!(statement, Statement::Expose(_) | Statement::Cmd(_) | Statement::Entrypoint(_))
    };
    statements(context).any(says) || is_on_server(context)
}

/// Whether the file is too short to tell what its image is for; then nothing speaks against a service, either.
pub(crate) fn is_sketch(context: &Context<'_>) -> bool {
    const MOST: usize = 4;
    let says = |statement: Option<&Statement>| match statement {
        Some(Statement::Cmd(exec) | Statement::Entrypoint(exec)) => !starts_application(&exec.form, false),
        _ => false,
    };
    // Lines, as fixes make one instruction of several.
    let lines =
        context.text().lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    // Bases with a name space are often made for one purpose, which their names do not tell.
    let is_plain =
        context.graph.stages.iter().all(|stage| !stage.base_range.slice(context.text()).contains('/'));
    is_plain
        && lines.take(MOST + 1).count() <= MOST
        && !context.items().any(|(item, statement)| item.kind == Keyword::Unknown || says(statement))
}

/// Whether containers of the image run an application, which may be a service: a program in CMD alone, or something that
/// is given to a runtime.
pub(crate) fn is_application(context: &Context<'_>) -> bool {
    let has_entrypoint = statements(context).any(|item| matches!(item, Statement::Entrypoint(_)));
    statements(context).any(|statement| match statement {
        Statement::Cmd(exec) if !has_entrypoint => starts_application(&exec.form, false),
        Statement::Entrypoint(exec) => starts_application(&exec.form, true),
        _ => false,
    })
}

fn starts_application(form: &Form, only_by_runtime: bool) -> bool {
    let mut words = words(form).skip_while(|word| *word == "exec");
    let Some(program) = words.next().map(name_of) else { return false };
    let arguments: Vec<_> = words.collect();
    if RUNTIMES.contains(&program) {
        let is_given = arguments.iter().any(|word| !word.starts_with('-'));
        return is_given && !arguments.iter().any(|word| ENDINGS.contains(word));
    }
    !only_by_runtime && !TOOLS.contains(&program) && !arguments.iter().any(|word| ENDINGS.contains(word))
}

fn statements<'c>(context: &'c Context<'_>) -> impl Iterator<Item = &'c Statement> {
    let steps = context.image().iter().flat_map(|stage| &context.stages[*stage].steps);
    steps.filter_map(|step| step.statement)
}

fn starts_server(context: &Context<'_>) -> bool {
    statements(context).any(|statement| match statement {
        Statement::Cmd(exec) | Statement::Entrypoint(exec) => words(&exec.form).any(is_server),
        _ => false,
    })
}

fn words(form: &Form) -> impl Iterator<Item = &str> {
    let (text, list) = match form {
        Form::Shell(text) => (Some(text.value.as_str()), [].as_slice()),
        Form::Json(list) => (None, list.as_slice()),
    };
    let words = text.into_iter().flat_map(str::split_whitespace);
    words.chain(list.iter().map(|word| word.value.as_str()))
}

fn is_server(word: &str) -> bool {
    SERVERS.contains(&name_of(word))
}

fn name_of(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

fn is_on_server(context: &Context<'_>) -> bool {
    let image = context.target().and_then(|target| context.root_image(target.index));
    image.is_some_and(|(image, _)| SERVER_IMAGES.contains(&image.as_str()))
}
