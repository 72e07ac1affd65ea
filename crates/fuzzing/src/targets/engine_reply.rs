//! What another engine sends: frames of gRPC with its messages, answers of Docker's API, texts of failures.

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "engine_reply",
    run,
    seeds: &[
        "\0\0\0\0\x0f\n\r\n\x03abc\x1a\x06vertex\0\0\0\0\0",
        "\0\0\0\0\x05\x1a\x03\n\x01x",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
        "failed to solve: process \"/bin/sh -c false\" did not complete successfully: exit code: 1",
        "failed to compute cache key: failed to calculate checksum of ref a::b: \"/x\": not found",
        "secret s: not found",
    ],
    words: &[
        "HTTP/1.1 ",
        "200",
        "\r\n",
        "\r\n\r\n",
        "Transfer-Encoding: chunked",
        "Content-Length: ",
        "ffffffff",
        "18446744073709551615",
        "process \"",
        "\" did not complete successfully: ",
        "exit code: ",
        "failed to solve: ",
        "%41",
        "\0\0\0\0\0",
        "\0\0\0\0\u{1}",
        "\n\u{2}",
        "\u{1a}\u{3}",
        "\u{7f}",
    ],
};

fn run(input: &[u8]) {
    buildkit::probe(input);
}
