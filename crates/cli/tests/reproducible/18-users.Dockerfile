# needs: owners
FROM busybox
RUN echo 'app:x:1000:1000::/home/app:/bin/sh' >> /etc/passwd && echo 'app:x:1000:' >> /etc/group && mkdir -p /home/app && chown app:app /home/app
USER app
WORKDIR /home/app/work
RUN id > who && umask > mask && echo mine > file
COPY --chown=app tree tree
