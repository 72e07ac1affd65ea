FROM busybox AS one
RUN mkdir /out && echo one > /out/one
FROM busybox
COPY --link --from=one /out /linked
COPY --link tree /linked/tree
COPY --link --chown=5:6 tree/a.txt /linked/
