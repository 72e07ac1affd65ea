FROM busybox AS a
RUN for n in $(seq 1 50); do echo a$n > /a$n; done
FROM busybox AS b
RUN for n in $(seq 1 50); do echo b$n > /b$n; done
FROM busybox AS c
RUN for n in $(seq 1 50); do echo c$n > /c$n; done
FROM busybox AS d
RUN for n in $(seq 1 50); do echo d$n > /d$n; done
FROM scratch
COPY --from=a /a* /
COPY --from=b /b* /
COPY --from=c /c* /
COPY --from=d /d* /
