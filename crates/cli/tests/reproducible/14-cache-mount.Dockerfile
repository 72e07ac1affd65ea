FROM busybox
RUN --mount=type=cache,target=/cache test -f /cache/kept || echo kept > /cache/kept; cp /cache/kept /kept
RUN --mount=type=cache,target=/cache,sharing=locked cp /cache/kept /again
