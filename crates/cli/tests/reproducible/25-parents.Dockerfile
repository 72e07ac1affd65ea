FROM busybox
COPY --parents tree/./sub/*.txt tree/a.txt /kept/
COPY --exclude=*.txt tree /others/
COPY [ "with space.txt", "/with space/" ]
