//! # python
//!
//! Packages in a virtual environment that one stage makes and the image takes over, so that compilers and package managers stay
//! behind. The image runs as a user that is not root and owns nothing.
//!
//! What installs is that of the lock file: `uv.lock`, `poetry.lock`, `requirements.txt`, or the project itself with `pyproject.toml`.
//! The version is that of `.python-version` or `requires-python`; else 3.13, also where `requires-python` only says which is too old.
//! What runs is `main.py` or `app.py`, else the first script of `pyproject.toml` where the project itself is installed, else the
//! project as a module.

use toml_edit::DocumentMut;

use super::{Language, fill};
use crate::project::{Project, is_plain, wished};

pub(crate) static LANGUAGE: Language = Language {
    name: "python",
    reads: &[".python-version", "pyproject.toml"],
    registries: &["docker.io"],
    ignore: &["**/__pycache__", "**/*.pyc", ".venv", "venv", ".pytest_cache", ".mypy_cache", "tests"],
    dockerfile,
    source: include_str!("python.rs"),
};

const BEGIN: &str = r"# syntax=docker/dockerfile:1

FROM python:{{version}}-slim-bookworm AS base
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /app

FROM base AS build
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH \
    VIRTUAL_ENV=/venv
";

const REQUIREMENTS: &str = r"COPY requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/pip pip install --requirement requirements.txt
";

const UV: &str = r"COPY pyproject.toml uv.lock ./
RUN --mount=type=cache,target=/root/.cache \
    pip install uv==0.8.0 && \
    UV_PROJECT_ENVIRONMENT=/venv uv sync --locked --no-dev --no-install-project --inexact && \
    pip uninstall --yes uv
";

const POETRY: &str = r"COPY pyproject.toml poetry.lock ./
RUN --mount=type=cache,target=/root/.cache \
    python -m venv /poetry && \
    /poetry/bin/pip install poetry==2.1.3 && \
    /poetry/bin/poetry install --only main --no-root --no-interaction
";

const PROJECT: &str = r"COPY . .
RUN --mount=type=cache,target=/root/.cache/pip pip install .
";

const END: &str = r#"
FROM base
LABEL org.opencontainers.image.title="{{name}}"
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH
COPY . .
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/', timeout=2)"]
CMD [{{start}}]
"#;

/// The version where nobody asks for one.
const VERSION: &str = "3.13";

fn dockerfile(project: &Project) -> String {
    let about: DocumentMut = project.text("pyproject.toml").parse().unwrap_or_default();
    let about = about.get("project");
    let asked = about.and_then(|about| about.get("requires-python")?.as_str()).unwrap_or_default();
    let asked = [project.text(".python-version"), asked];
    let version = asked.iter().find_map(|text| wished(text, 2, VERSION)).filter(|text| text.contains('.'));
    let install = match project.first(&["uv.lock", "poetry.lock", "requirements.txt", "pyproject.toml"]) {
        Some("uv.lock") => UV,
        Some("poetry.lock") => POETRY,
        Some("pyproject.toml") => PROJECT,
        _ => REQUIREMENTS,
    };
    let script = || {
        let scripts = about.and_then(|about| about.get("scripts")?.as_table_like())?;
        let (name, _) = scripts.iter().next()?;
        (install == PROJECT && is_plain(name)).then(|| format!("\"{name}\""))
    };
    let module = || {
        let name = about.and_then(|about| about.get("name")?.as_str()).filter(|name| is_plain(name));
        let name = name.map_or_else(|| project.slug(), str::to_owned).replace('-', "_");
        format!("\"python\", \"-m\", \"{name}\"")
    };
    let start = match project.first(&["main.py", "app.py", "pyproject.toml"]) {
        Some("pyproject.toml") => script().unwrap_or_else(module),
        Some(file) => format!("\"python\", \"{file}\""),
        None => "\"python\", \"main.py\"".to_owned(),
    };
    let words =
        [("version", version.as_deref().unwrap_or(VERSION)), ("name", &project.slug()), ("start", &start)];
    fill(&[BEGIN, install, END].concat(), &words)
}
