# needs: owners
FROM busybox
COPY --chmod=u=rwX,go=rX tree /tree
COPY --chmod=0640 --chown=1000:10 tree/a.txt /owned
RUN chmod -R go-w /tree && chown -R 7:8 /tree/sub
