FROM busybox AS base
RUN echo base > /base
FROM base AS left
RUN cat /base > /left
FROM base AS right
RUN cat /base /base > /right
FROM busybox
COPY --from=left /left /
COPY --from=right /right /
RUN cat /left /right > /both
