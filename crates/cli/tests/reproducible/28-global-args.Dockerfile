# args: --build-arg TAG=second --target last
ARG TAG=first
FROM busybox AS first
RUN echo first > /from
FROM busybox AS second
RUN echo second > /from
FROM $TAG AS middle
ARG TAG
RUN echo $TAG >> /from
FROM scratch AS last
COPY --from=middle /from /from
FROM busybox AS never
RUN false
