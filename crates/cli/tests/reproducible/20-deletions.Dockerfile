FROM busybox AS all
COPY tree /tree
RUN mkdir /gone && echo x > /gone/x
FROM all
RUN rm -r /gone /tree/sub && mkdir /gone && echo new > /gone/y
RUN rm /tree/a.txt && mkdir /tree/a.txt && echo file > /tree/a.txt/in
