FROM busybox AS parent
ONBUILD COPY tree /app
ONBUILD RUN ls /app > /listed
FROM parent
RUN cat /listed > /seen
